//! What is on the page, one component per file: each draws signals and calls verbs of
//! [`crate::state::Chat`]. Classes are the components' names; there are no inline styles.

mod avatar;
mod icon;
mod live;
mod menu;
mod modal;

mod banner;
mod sidebar;
mod status;

mod room_bar;
mod timeline;

mod message;
mod reactions;
mod row_focus;
mod system;
mod text;
mod toolbar;

mod composer;
mod draft;
mod guest_card;
mod slash;
mod typing;

mod shortcuts;
mod switcher;
mod toast;

#[cfg(feature = "ssr")]
pub(crate) use avatar::Avatar;
pub(crate) use banner::Banner;
pub(crate) use composer::Composer;
pub(crate) use draft::Draft;
pub(crate) use icon::{Icon, Sprite};
pub(crate) use live::{live, on, view};
pub(crate) use room_bar::{BackToRooms, RoomBar};
pub(crate) use shortcuts::Shortcuts;
pub(crate) use sidebar::Sidebar;
#[cfg(feature = "browser")]
pub(crate) use sidebar::restore_theme;
pub(crate) use switcher::Switcher;
pub(crate) use timeline::Timeline;
pub(crate) use toast::Toast;

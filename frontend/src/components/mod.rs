//! What is on the page, one component per file: each draws signals and calls verbs of
//! [`crate::state::Chat`]. Classes are the components' names; there are no inline styles.

mod avatar;
mod icon;
mod list_focus;
mod live;
mod menu;
mod modal;
mod room_mark;

mod banner;
mod me;
mod sidebar;
mod status;

mod leaving;
mod people;
mod room_bar;
mod room_menu;
mod rules;

mod timeline;

mod message;
mod reactions;
mod report;
mod row_focus;
mod system;
mod text;
mod toolbar;

mod composer;
mod draft;
mod guest_card;
mod reading;
mod slash;
mod typing;
mod whom;

mod finding;
mod shortcuts;
mod switcher;
mod toast;

#[cfg(feature = "ssr")]
pub(crate) use avatar::Avatar;
pub(crate) use banner::Banner;
pub(crate) use composer::Composer;
pub(crate) use draft::Draft;
pub(crate) use icon::{Icon, Sprite};
pub(crate) use leaving::leave_question;
pub(crate) use live::{effect, live, memo, on, view};
#[cfg(feature = "browser")]
pub(crate) use me::restore_theme;
pub(crate) use report::report_form;
pub(crate) use room_bar::{BackToRooms, RoomBar};
pub(crate) use rules::rules_form;
pub(crate) use shortcuts::Shortcuts;
pub(crate) use sidebar::Sidebar;
pub(crate) use switcher::Switcher;
pub(crate) use timeline::Timeline;
pub(crate) use toast::Toast;

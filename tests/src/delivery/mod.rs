//! People with the browser's own engine, under faults, and a checker of everything they went through.
//!
//! A [`Story`] has a server (with [`shim`] in it, for faults at named points), a [`proxy`] between it
//! and its people, and one task for each [`device`]. Every line of what happens goes into a file,
//! [`history`]; afterwards [`check`] reads that file and the database, and nothing else.
//! `HUBBUB_SEED` gives everyone the same plan again.

pub mod dice;

pub mod history;

pub mod shim;

pub mod proxy;

pub mod device;

pub mod plan;

pub mod host;

pub mod story;

pub mod check;

pub mod mount;

pub use dice::Dice;
pub use shim::Point;
pub use story::Story;

//! People talk through everything that may befall a server, its disk and its network; afterwards every
//! promise of the delivery contract is checked on what they heard, hold and find in the log.
//!
//! One story per fault, and [`weather`] with all of them together. [`harness::delivery`] has the
//! people, the faults and the checker.

mod killing;

mod erasing;

mod network;

mod disk;

mod power;

mod clock;

mod backup;

mod weather;

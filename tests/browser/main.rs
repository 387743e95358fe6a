//! Alice and Bob in front of real browsers: from the first page to a server killed in mid-sentence.
//!
//! Each test is a story with its own server; [`harness::browser`] has the people. What people do
//! comes first, then what breaks around them, then what the page is like for everybody.

mod accounts;

mod talking;

mod changing;

mod rooms;

mod letting_in;

mod paging;

mod drafts;

mod keyboard;

mod text;

mod restarting;

mod offline;

mod settling_in;

mod passkeys;

mod revoking;

mod office;

mod without_scripts;

mod plain_forms;

mod widths;

mod themes;

mod access;

mod weight;

mod shifting;

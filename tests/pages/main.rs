//! The pages, as a browser without JavaScript has them: read, page back, post by form.
//!
//! And what else the HTTP side owes: health, assets, headers, and quick answers for what is absent.

mod reading;

mod writing;

mod visiting;

mod absent;

mod serving;

mod shell;

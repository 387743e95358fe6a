//! The client's engine without I/O.

//! A message's text as a tree.

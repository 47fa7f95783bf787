//! Tells a file's kind by its content.

//! Each preset against a server that answers in the documented shape.

//! What in a text is there for a program, and not for a reader: markup, templates, escapes.

pub(crate) mod escape_sequences;
pub(crate) mod markup_signs;
pub(crate) mod template_marks;

//! Whether a paragraph is in bold type as a whole, which is how many authors write a heading.

/// What of the open paragraph is bold.
#[derive(Debug, Default)]
pub(crate) struct BoldText {
    /// Bold elements that are open.
    open: usize,
    has_bold: bool,
    has_plain: bool,
}

impl BoldText {
    pub(crate) fn begin(&mut self) {
        self.open += 1;
    }

    pub(crate) fn end(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// There is something to see.
    pub(super) fn see(&mut self) {
        *(if self.open > 0 {
            &mut self.has_bold
        } else {
            &mut self.has_plain
        }) = true;
    }

    /// Ends the paragraph, and says whether all of it was bold.
    pub(super) fn end_paragraph(&mut self) -> bool {
        std::mem::take(&mut self.has_bold) & !std::mem::take(&mut self.has_plain)
    }
}

/// A heading is no longer, in characters.
const LONGEST_HEADING: usize = 100;

/// Whether bold text of this kind stands above what it is about: short, on one line, and no sentence.
pub(super) fn is_heading(text: &str) -> bool {
    let is_sentence = text.ends_with(['.', '!', ',', ';', ':', '…', '。', '！', '，', '；', '：']);
    !is_sentence && !text.contains('\n') && text.chars().count() <= LONGEST_HEADING
}

//! Answers that only keep a place: `TBD`, `Coming soon`, `[insert text here]`.

use std::ops::Range;

use super::SensitiveSpan;
use crate::lint::answers::can_be_read;
use crate::model::Sensitive;

const WORDS: &str = "a note in place of an answer";
/// Longer texts are answers, whatever they begin with.
const LONGEST: usize = 300;

/// What stands in place of a whole answer, in the languages of customers: in small letters, without signs, and
/// divided by `|`.
const WHOLE: [&str; 6] = [
    // English, and what programs write
    "tbd|tba|tbc|na|nil|null|nan|undefined|wip|fixme|to do|to be added|to be announced|\
     to be completed|to be confirmed|to be decided|to be defined|to be determined|to be done|\
     to be filled|to be provided|to be translated|to be updated|to be written|answer here|\
     answer to follow|asdf|coming soon|content coming soon|content goes here|draft|dummy|\
     dummy text|enter answer here|enter text here|in progress|insert answer here|\
     insert text here|no answer yet|not applicable|not available|not available yet|\
     not yet available|page under construction|placeholder|placeholder text|qwerty|\
     sample answer|sample text|test|test answer|test test|testing|text goes here|\
     under construction|work in progress|your answer here|your text here|yet to come",
    // German, Dutch, Danish, Norwegian, Swedish, Finnish
    "folgt|folgt in kürze|folgt noch|in arbeit|in bearbeitung|in kürze|keine angabe|\
     noch offen|platzhalter|beispieltext|blindtext|antwort folgt|text folgt|wird ergänzt|\
     wird noch ergänzt|wird nachgereicht|zu ergänzen|binnenkort|nog in te vullen|nvt|volgt|\
     volgt nog|in aanbouw|kommer snart|kommer snarest|kommer inom kort|under utarbeidelse|\
     under uppbyggnad|tulossa|tulossa pian",
    // French, Spanish, Portuguese, Italian, Romanian
    "à compléter|à définir|à faire|à remplir|à venir|bientôt|bientôt disponible|\
     en construction|en cours de rédaction|non disponible|sans objet|texte à venir|\
     en construcción|no aplica|no disponible|pendiente|por completar|por definir|\
     por determinar|próximamente|texto de ejemplo|a completar|a definir|a preencher|em breve|\
     em construção|não aplicável|não disponível|não se aplica|pendente|texto de exemplo|\
     da completare|da definire|da fare|da inserire|in arrivo|in costruzione|non disponibile|\
     prossimamente|segnaposto|testo di esempio|de completat|în curând|în construcție",
    // Polish, Czech, Hungarian, Russian, Ukrainian, Bulgarian, Greek, Turkish
    "do ustalenia|do uzupełnienia|w budowie|w przygotowaniu|wkrótce|bude doplněno|doplnit|\
     připravujeme|již brzy|hamarosan|feltöltés alatt|будет добавлено|в разработке|заполнить|\
     нд|скоро|уточняется|у розробці|незабаром|буде додано|очаквайте скоро|σύντομα|\
     υπό κατασκευή|eklenecek|hazırlanıyor|yakında|yapım aşamasında",
    // Arabic, Hebrew, Persian, Hindi, Bengali, Tamil, Telugu
    "قريبا|قريباً|قيد الإنشاء|غير متاح|בקרוב|בבנייה|به زودی|بزودی|در دست ساخت|जल्द आ रहा है|\
     जल्द ही|जल्द आने वाला है|उपलब्ध नहीं|लागू नहीं|শীঘ্রই আসছে|விரைவில்|త్వరలో",
    // Indonesian, Vietnamese, Thai, Chinese, Japanese, Korean
    "akan datang|belum tersedia|segera hadir|segera|chưa có|sắp có|sắp ra mắt|đang cập nhật|\
     เร็วๆ นี้|เร็ว ๆ นี้|กำลังปรับปรุง|待定|待更新|待补充|待補充|敬请期待|敬請期待|暂无|暫無|工事中|未定|準備中|作成中|近日公開|\
     该当なし|該当なし|テスト|미정|작성 중|준비 중|준비중|추후 공지|테스트",
];

/// What a note to the editors begins with, in capitals: in small letters some are words of a language.
const MARKS: [&str; 5] = ["TODO", "FIXME", "TBD", "TBA", "TBC"];

/// How the words in brackets begin where a person is to put something in their place.
const BEGINNINGS: [&str; 10] = [
    "insert ",
    "tbd",
    "todo",
    "placeholder",
    "insérer ",
    "insertar ",
    "inserir ",
    "inserire ",
    "bitte ",
    "wstaw ",
];
/// How they end.
const ENDS: [&str; 4] = [" here", " einfügen", " ergänzen", " ici"];

/// What only keeps the place of an answer.
pub(super) fn find(answer: &str) -> Option<SensitiveSpan> {
    range(answer).map(|range| SensitiveSpan {
        range,
        kind: Sensitive::Placeholder,
        words: WORDS,
    })
}

fn range(answer: &str) -> Option<Range<usize>> {
    let text = answer.trim();
    let start = answer.len() - answer.trim_start().len();
    let all = start..start + text.len();
    if text.len() > LONGEST {
        return None;
    }
    if keeps_a_place(text) || is_marked(text) || is_filler(text) {
        return Some(all);
    }
    in_brackets(text).map(|found| start + found.start..start + found.end)
}

/// Whether the words are those that people write in place of an answer, or there are none.
fn keeps_a_place(text: &str) -> bool {
    if !text.is_empty() && !text.chars().any(can_be_read) {
        return true;
    }
    let dots = ['.', '/', '…', '!', '。', '！'];
    let lower = text.to_lowercase().replace(dots, "");
    let bare = lower.trim_matches(|c: char| c.is_ascii() && !c.is_alphanumeric());
    let words: Vec<&str> = bare.split_whitespace().collect();
    let words = words.join(" ");
    let mut known = WHOLE.iter().flat_map(|words| words.split('|'));
    known.any(|known| known == words) || is_repeated(bare)
}

/// `xxx`, but no `www` and no numbers.
fn is_repeated(text: &str) -> bool {
    (3..=20).contains(&text.len()) && text.bytes().all(|byte| byte == b'x')
}

/// `TODO: ask Ann`, `TBD - see ticket`, `TODO`.
fn is_marked(text: &str) -> bool {
    let bare = text.trim_start_matches(['[', '(', '<', '*', '_', '#', ' ']);
    MARKS.iter().any(|mark| {
        let rest = bare.strip_prefix(mark);
        rest.is_some_and(|rest| {
            let rest = rest.trim_start_matches(' ');
            rest.is_empty() || rest.starts_with([':', '-', '–', '—', ']', ')', '>', '*', '.', '('])
        })
    })
}

/// The text that printers fill pages with.
fn is_filler(text: &str) -> bool {
    text.to_lowercase().contains("lorem ipsum")
}

/// `[insert link here]`, but no link of Markdown and no button.
fn in_brackets(text: &str) -> Option<Range<usize>> {
    text.match_indices('[').find_map(|(at, _)| {
        let inside = &text[at + 1..];
        let end = inside.find([']', '[', '\n'])?;
        let is_closed = inside[end..].starts_with(']') && !inside[end..].starts_with("](");
        let words = inside[..end].trim().to_lowercase();
        let keeps = BEGINNINGS.iter().any(|word| words.starts_with(word))
            || ENDS.iter().any(|word| words.ends_with(word));
        (is_closed && keeps).then_some(at..at + 1 + end + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_place_is_told_from_short_answers() {
        for text in [
            "TBD",
            "t.b.d.",
            "N/A",
            "n.a.",
            "-",
            "—",
            "...",
            "???",
            "TODO",
            "TODO: ask Ann about the fee",
            "[TBD] see the ticket",
            "xxx",
            "XXXX",
            "Coming soon!",
            "*Coming soon*",
            "(to be determined)",
            "null",
            "Test",
            "Lorem ipsum dolor sit amet, consectetur.",
            "Call us at [insert phone number].",
            "Wird noch ergänzt …",
            "À compléter",
            "Próximamente…",
            "Em breve.",
            "Da definire",
            "Wkrótce",
            "Скоро!",
            "н/д",
            "قريباً",
            "जल्द आ रहा है",
            "敬请期待！",
            "準備中",
            "준비 중",
        ] {
            assert!(range(text).is_some(), "{text}");
        }
        for text in [
            "No.",
            "None.",
            "Yes",
            "5",
            "👍",
            "Todo.",
            "todo",
            "TODO INCLUIDO",
            "NATO",
            "www",
            "III",
            "Our new app is coming soon: watch this page.",
            "A test takes two days.",
            "See [your account](https://a.example).",
            "Press [Enter] to go on.",
            "Choose [Add] in the menu, then [Your name].",
            "The TBD format is a file.",
            "",
        ] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}

//! The names by which columns and fields are recognised, in English and in the languages that
//! knowledge bases are mostly kept in. Pure.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The usual names of the id, the likeliest first.
pub(crate) const ID: [&str; 17] = [
    "node_name",
    "id",
    "article_id",
    "key",
    "article_number",
    "number",
    "external_id",
    "faq_id",
    "question_id",
    "qid",
    "qna_id",
    "sys_id",
    "card_id",
    "article_key",
    "uid",
    "uuid",
    "slug",
];
/// What the front matter of a page may call its question.
pub(crate) const QUESTION: [&str; 3] = ["question", "title", "subject"];
/// The usual names of the first question.
const QUESTION_NAMES: [&str; 10] = [
    "question",
    "question_text",
    "title",
    "subject",
    "article_title",
    "article_name",
    "preferred_phrase",
    "query",
    "prompt",
    "utterance",
];
/// The usual names of the answer.
pub(crate) const ANSWER: [&str; 13] = [
    "answer",
    "answer_text",
    "body",
    "content",
    "article_body",
    "article_content",
    "article_text",
    "article_description",
    "answers",
    "text",
    "description",
    "response",
    "responses",
];

/// The names of one role.
pub(crate) struct RoleNames {
    /// In English, the likeliest first.
    pub(crate) english: &'static [&'static str],
    /// Those of them that say the role itself: a question, an answer.
    certain: &'static [&'static str],
    /// The same in other languages, and the plural of it.
    foreign: LazyLock<HashSet<String>>,
    /// In other languages, what is as general as a title or a text.
    general: LazyLock<HashSet<String>>,
    /// Its first letter, which is a name among fields: what stands in cells may be a letter, too.
    letter: Option<&'static str>,
}

/// The id. In other languages it is mostly called so, too.
pub(crate) static IDS: RoleNames = RoleNames {
    english: &ID,
    certain: &[],
    foreign: LazyLock::new(HashSet::new),
    general: LazyLock::new(HashSet::new),
    letter: None,
};

/// The question.
pub(crate) static QUESTIONS: RoleNames = RoleNames {
    english: &QUESTION_NAMES,
    certain: &["question", "question_text"],
    foreign: LazyLock::new(|| words(FOREIGN_QUESTIONS)),
    general: LazyLock::new(|| words(FOREIGN_TITLES)),
    letter: Some("q"),
};

/// The answer.
pub(crate) static ANSWERS: RoleNames = RoleNames {
    english: &ANSWER,
    certain: &[
        "answer",
        "answer_text",
        "answers",
        "response",
        "responses",
        "a",
    ],
    foreign: LazyLock::new(|| words(FOREIGN_ANSWERS)),
    general: LazyLock::new(|| words(FOREIGN_TEXTS)),
    letter: Some("a"),
};

/// Of each language, its name and then its words.
const FOREIGN_QUESTIONS: &str = "\
Arabic: سؤال السؤال أسئلة الأسئلة
Bengali: প্রশ্ন
Bulgarian: въпрос въпроси
Chinese, simplified: 问题 提问 标准问 标准问题
Chinese, traditional: 問題 提問 標準問題
Czech, Slovak: otázka otázky dotaz
Danish: spørgsmål spoergsmaal spørgsmaal
Dutch: vraag vragen
Finnish: kysymys kysymykset
French: question_posée
German: Frage Fragen
Greek: ερώτηση ερωτήσεις
Hebrew: שאלה שאלות
Hindi, Marathi: प्रश्न सवाल
Hungarian: kérdés kérdések
Indonesian, Malay: pertanyaan soalan
Italian: domanda domande
Japanese: 質問 質問内容 問い
Korean: 질문
Norwegian: spørsmål spoersmaal
Persian, Urdu: سوال پرسش
Polish: pytanie pytania
Portuguese: pergunta perguntas questão questões
Romanian: întrebare întrebări
Russian: вопрос вопросы vopros voprosy
Croatian, Serbian, Slovene: pitanje pitanja питање питања vprašanje
Estonian, Latvian, Lithuanian: küsimus jautājums klausimas
Georgian, Armenian, Azerbaijani: კითხვა հարց sual
Kazakh, Kyrgyz, Uzbek, Mongolian: сұрақ суроо savol асуулт
Spanish: pregunta preguntas
Swedish: fråga frågor
Tamil, Telugu: கேள்வி ప్రశ్న
Gujarati, Kannada, Malayalam, Sinhala: પ્રશ્ન ಪ್ರಶ್ನೆ ചോദ്യം ප්‍රශ්නය
Swahili, Filipino: swali tanong
Thai: คำถาม
Turkish: soru sorular
Ukrainian: питання запитання
Vietnamese: câu_hỏi";

const FOREIGN_TITLES: &str = "\
Arabic, Persian: عنوان العنوان
Chinese: 标题 標題
Czech: název nadpis
French: titre
German, Dutch, Swedish: Titel Überschrift Ueberschrift rubrik
Hindi: शीर्षक
Indonesian: judul
Italian: titolo
Japanese: タイトル 題名
Korean: 제목
Polish: tytuł
Russian, Ukrainian: заголовок
Spanish, Portuguese: título
Thai: หัวข้อ ชื่อเรื่อง
Turkish: başlık
Vietnamese: tiêu_đề";

const FOREIGN_ANSWERS: &str = "\
Arabic: جواب الجواب إجابة الإجابة الرد
Bengali: উত্তর
Bulgarian: отговор отговори
Chinese: 答案 回答 答复 答覆 解答
Czech, Slovak: odpověď odpovědi odpoveď
Dutch: antwoord antwoorden
Finnish: vastaus vastaukset
French: réponse réponses
German: Antwort Antworten
Greek: απάντηση απαντήσεις
Hebrew: תשובה תשובות
Hindi: उत्तर जवाब
Hungarian: válasz válaszok
Indonesian, Malay: jawaban jawapan
Italian: risposta risposte
Japanese: 回答 答え 回答内容
Korean: 답변 대답
Persian: پاسخ
Polish: odpowiedź odpowiedzi
Portuguese: resposta respostas
Romanian: răspuns răspunsuri
Russian: ответ ответы otvet otvety
Croatian, Serbian, Slovene: odgovor odgovori одговор
Estonian, Latvian, Lithuanian: vastus atbilde atsakymas
Georgian, Armenian, Azerbaijani: პასუხი պատասխան cavab
Kazakh, Kyrgyz, Uzbek, Mongolian: жауап жооп javob хариулт
Spanish: respuesta respuestas
Swedish, Danish, Norwegian: svar
Tamil, Telugu: பதில் సమాధానం
Gujarati, Kannada, Malayalam, Sinhala: જવાબ ಉತ್ತರ ഉത്തരം පිළිතුර
Swahili, Filipino: jibu sagot
Thai: คำตอบ
Turkish: cevap cevaplar yanıt yanıtlar
Ukrainian: відповідь відповіді
Vietnamese: câu_trả_lời trả_lời";

const FOREIGN_TEXTS: &str = "\
Arabic: المحتوى النص
Chinese, Japanese: 内容 內容 正文 本文
Czech: obsah
Dutch, Polish: inhoud tekst beschrijving treść opis
French: contenu texte
German: Inhalt Beschreibung
Hindi: सामग्री
Indonesian: konten
Italian: contenuto testo descrizione
Korean: 내용 본문
Portuguese: conteúdo descrição
Russian: содержание текст описание
Spanish: contenido texto descripción
Swedish: innehåll
Thai: เนื้อหา
Turkish: içerik metin açıklama
Vietnamese: nội_dung";

/// One step of looking for a name.
pub(crate) enum NameSearch {
    /// Any of them would do, and the first one counts.
    Ranked(&'static [&'static str]),
    /// Words of different languages: none of them comes before another.
    Equal(&'static HashSet<String>),
}

impl RoleNames {
    /// The steps in which a name is looked for: what says the role in English and in any other
    /// language, and only then what is more general.
    pub(crate) fn searches(&'static self) -> [NameSearch; 4] {
        [
            NameSearch::Ranked(&self.english[..1]),
            NameSearch::Equal(&self.foreign),
            NameSearch::Ranked(self.english),
            NameSearch::Equal(&self.general),
        ]
    }

    /// Whether a name says the role itself, in whatever language.
    pub(crate) fn is_certain(&self, name: &str) -> bool {
        let mut english = self.certain.iter();
        english.any(|certain| same_name(certain, name)) || is_among(&self.foreign, name)
    }

    /// Another name that speaks of an answer, where the one that was found is too general to be sure of: the
    /// text of a question in a forum is called a body, too.
    pub(crate) fn rival<'n>(&self, found: &str, names: &'n [String]) -> Option<&'n str> {
        if self.is_certain_field(found) {
            return None;
        }
        let speaks = |name: &String| {
            name != found
                && (self.is_certain(name) || letters(name).collect::<String>().contains("answer"))
        };
        names.iter().find(|name| speaks(name)).map(String::as_str)
    }

    /// Whether it is the first letter of the role.
    pub(crate) fn is_letter(&self, name: &str) -> bool {
        self.letter
            .is_some_and(|letter| name.eq_ignore_ascii_case(letter))
    }

    /// Whether it says the role itself, or is the letter of it.
    pub(crate) fn is_certain_field(&self, name: &str) -> bool {
        self.is_certain(name) || self.is_letter(name)
    }

    /// What is left of a longer name without its word for the role.
    pub(crate) fn rest_of(&self, name: &str) -> Option<String> {
        let words = words_of(name);
        // A single letter is a word of many names.
        let says =
            |word: &String| self.is_certain_field(word) && (word.len() > 1 || words.len() == 2);
        if let Some(at) = words.iter().position(says) {
            let others = [&words[..at], &words[at + 1..]].concat();
            return (!others.is_empty()).then(|| others.join(" "));
        }
        // Where words are not parted, one is found within another.
        let name = words.join(" ");
        let unparted = |word: &&String| {
            let mut letters = word.chars();
            word.chars().count() > 1 && letters.all(|letter| letter >= '\u{e00}')
        };
        let mut within = self.foreign.iter().filter(unparted);
        let word = within.find(|word| name.contains(word.as_str()) && name != **word)?;
        Some(name.replacen(word.as_str(), "", 1).trim().to_owned())
    }

    /// Whether the last word of a longer name says the role.
    pub(crate) fn ends(&self, name: &str) -> bool {
        let words = words_of(name);
        let says = |word: &String| word.len() > 1 && self.is_certain(word);
        words.len() > 1 && words.last().is_some_and(says)
    }

    /// Whether it is a usual name of another language than English.
    pub(crate) fn is_foreign(&self, name: &str) -> bool {
        is_among(&self.foreign, name) || is_among(&self.general, name)
    }

    /// Whether it is a usual name.
    pub(crate) fn is_usual(&self, name: &str) -> bool {
        let mut english = self.english.iter();
        english.any(|usual| same_name(usual, name)) || self.is_foreign(name)
    }
}

/// The words of a name in small letters: `coreQuestion` has two.
fn words_of(name: &str) -> Vec<String> {
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return Vec::new();
    }
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        let begins = letter.is_uppercase() && was_small;
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a name is one of these, whatever its accents.
pub(crate) fn is_among(names: &HashSet<String>, name: &str) -> bool {
    // What is longer than any of them is text.
    name.len() <= 100 && names.contains(&without_accents(name))
}

/// Whether two names are the same but for case, surrounding space, `_`, `-` and spaces.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    // Nearly all names are, and each field of each article is compared with many.
    if a.is_ascii() && b.is_ascii() {
        return ascii_letters(a).eq(ascii_letters(b));
    }
    letters(a).eq(letters(b))
}

fn ascii_letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes()
        .filter(|letter| !matches!(letter, b'_' | b'-' | b' ' | b'\t'..=b'\r'))
        .map(|letter| letter.to_ascii_lowercase())
}

/// What tells names apart.
pub(crate) fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|letter| !matches!(letter, '_' | '-') && !letter.is_whitespace())
        .flat_map(char::to_lowercase)
}

fn words(lines: &str) -> HashSet<String> {
    let words = lines.lines().filter_map(|line| line.split_once(':'));
    let words = words.flat_map(|(_, words)| words.split_whitespace());
    words.map(without_accents).collect()
}

/// Accents get lost on keyboards, and a Turkish I has no dot or one too many. The marks of scripts
/// other than ours are letters, and stay.
fn without_accents(name: &str) -> String {
    let plain = |letter| match letter {
        'ı' => 'i',
        'ł' => 'l',
        'đ' => 'd',
        'ø' => 'o',
        'ς' => 'σ',
        other => other,
    };
    let bare = letters(name).nfd();
    let bare = bare.filter(|letter| !matches!(letter, '\u{300}'..='\u{36f}'));
    bare.map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_languages_are_known_whatever_their_accents_and_case() {
        for (names, name, is_certain) in [
            (&QUESTIONS, "FRAGE", true),
            (&QUESTIONS, "Pregunta ", true),
            (&QUESTIONS, "questao", true),
            (&QUESTIONS, "ВОПРОС", true),
            (&QUESTIONS, "cau hoi", true),
            (&QUESTIONS, "ΕΡΩΤΗΣΗ", true),
            (&QUESTIONS, "spoergsmaal", true),
            (&QUESTIONS, "sporgsmal", true),
            (&QUESTIONS, "Питање", true),
            (&QUESTIONS, "BAŞLIK", false),
            (&ANSWERS, "Reponse", true),
            (&ANSWERS, "YANIT", true),
            (&ANSWERS, "İÇERİK", false),
            (&ANSWERS, "odpowiedz", true),
            (&ANSWERS, "คำตอบ", true),
            (&ANSWERS, "उत्तर", true),
        ] {
            assert!(names.is_usual(name) && names.is_foreign(name), "{name}");
            assert_eq!(names.is_certain(name), is_certain, "{name}");
        }
        for name in ["คำถาม", "उत्त", "Anfrage", "Antwortzeit", "body", ""] {
            assert!(!ANSWERS.is_foreign(name), "{name}");
        }
        assert!(!QUESTIONS.is_usual(&"Frage".repeat(50)));
        assert!(ANSWERS.is_certain("Responses") && !ANSWERS.is_certain("text"));
    }

    #[test]
    fn no_name_stands_for_two_roles() {
        let asked = words(FOREIGN_QUESTIONS);
        let answered = words(FOREIGN_ANSWERS);
        let (titles, texts) = (words(FOREIGN_TITLES), words(FOREIGN_TEXTS));
        let all = [&asked, &answered, &titles, &texts];
        for (at, words) in all.iter().enumerate() {
            assert!(words.len() > 15);
            for word in *words {
                let others = all[..at].iter().filter(|other| other.contains(word));
                assert_eq!(others.count(), 0, "{word}");
                let english = [&ID[..], &QUESTION_NAMES, &ANSWER].concat();
                assert!(
                    !english.iter().any(|usual| same_name(usual, word)),
                    "{word}"
                );
            }
        }
    }
}

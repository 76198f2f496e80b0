//! Recognises the encoding of text that is not UTF-8, where its content leaves little doubt: a wrong
//! guess would show customers gibberish.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, IBM866, KOI8_R, MACINTOSH, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
};

use super::plausible::{Oddities, oddities};

const CHUNK: usize = 32 * 1024;
/// Bytes of lines with letters beyond ASCII that are looked at.
const SAMPLE: usize = 128 * 1024;
/// So many characters beyond ASCII tell encodings apart.
const ENOUGH: usize = 12;
/// Valid characters of UTF-8 after which nothing else is thought of.
const CERTAIN: usize = 8;
/// What else text may be in, the likeliest first.
const CANDIDATES: [&Encoding; 13] = [
    WINDOWS_1252,
    WINDOWS_1250,
    WINDOWS_1251,
    MACINTOSH,
    WINDOWS_1254,
    WINDOWS_1253,
    SHIFT_JIS,
    GBK,
    BIG5,
    EUC_KR,
    KOI8_R,
    IBM866,
    encoding_rs::ISO_8859_2,
];
/// Candidates that a message names.
const NAMED: usize = 4;

/// What the encoding seems to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FoundEncoding {
    /// This one, for sure.
    Legacy(&'static Encoding),
    /// One of several: their names, and how a word reads in each.
    Unclear(Vec<(&'static str, String)>),
}

/// How much of a text beyond ASCII is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utf8Share {
    /// There is nothing beyond ASCII, or it is no text.
    Ascii,
    /// All of it, and enough that this is no accident.
    All,
    /// All of it, or all but some cells that are damaged.
    Most,
    /// Some: damaged cells, or an encoding of Chinese, Japanese or Korean, in which some characters look so.
    Some,
    /// Next to nothing.
    None,
}

impl Utf8Share {
    /// Whether it can be read as UTF-8.
    pub(crate) fn is_utf8(self) -> bool {
        matches!(self, Self::Ascii | Self::All | Self::Most)
    }

    /// Whether there is something in it that tells UTF-8 from the rest.
    pub(crate) fn beyond_ascii(self) -> bool {
        self != Self::Ascii
    }
}

/// How much of a text is UTF-8. A character of several bytes is next to never one by chance in the
/// encodings of the west.
pub(crate) fn utf8_share(bytes: &mut dyn Read) -> io::Result<Utf8Share> {
    let mut chunk = vec![0; CHUNK];
    let (mut kept, mut valid, mut invalid) = (0, 0_usize, 0_usize);
    loop {
        let count = bytes.read(&mut chunk[kept..])?;
        let filled = kept + count;
        let mut rest = &chunk[..filled];
        kept = 0;
        // Content with zero bytes in it is no text at all.
        if memchr::memchr(0, rest).is_some() {
            return Ok(Utf8Share::Ascii);
        }
        while !rest.is_ascii() {
            let (good, bad) = match std::str::from_utf8(rest) {
                Ok(text) => (text.len(), None),
                Err(error) => (error.valid_up_to(), error.error_len().or(Some(0))),
            };
            valid += beyond_ascii(&rest[..good]);
            rest = &rest[good..];
            match bad {
                // A character may go on in the next chunk.
                Some(0) if count > 0 => {
                    kept = rest.len();
                    break;
                }
                Some(length) => {
                    invalid += 1;
                    rest = &rest[length.max(1)..];
                }
                None => break,
            }
        }
        if count == 0 || valid >= CERTAIN && invalid * 4 <= valid {
            return Ok(share(valid, invalid));
        }
        chunk.copy_within(filled - kept..filled, 0);
    }
}

fn share(valid: usize, invalid: usize) -> Utf8Share {
    match (valid, invalid) {
        (0, 0) => Utf8Share::Ascii,
        (CERTAIN.., 0) => Utf8Share::All,
        (_, 0) => Utf8Share::Most,
        _ if valid >= CERTAIN && invalid * 4 <= valid => Utf8Share::Most,
        _ if invalid > valid * 4 => Utf8Share::None,
        _ => Utf8Share::Some,
    }
}

fn beyond_ascii(text: &[u8]) -> usize {
    // Of the bytes of a character only the first looks so.
    text.iter().filter(|byte| **byte >= 0xC0).count()
}

/// The encoding of text that is not UTF-8; `declared`: what it says itself.
pub(crate) fn recognise(
    bytes: &mut dyn Read,
    declared: Option<&'static Encoding>,
) -> io::Result<FoundEncoding> {
    let sample = Sample::of(bytes)?;
    if let Some(declared) = declared.filter(|declared| sample.reading(declared).is_some()) {
        return Ok(FoundEncoding::Legacy(declared));
    }
    let guess = sample.guess(|_| true);
    let is_stable = || {
        let halves = [
            sample.guess(|line| line % 2 == 0),
            sample.guess(|line| line % 2 == 1),
        ];
        sample.lines.len() < 2 || halves.iter().all(|half| *half == guess)
    };
    let is_sure = sample.reading(guess).is_some_and(|found| {
        // Next to no text can be read in one of these by chance.
        let is_stable = is_of_several_bytes(guess) || is_stable();
        let is_enough = found.all >= ENOUGH && is_stable;
        found.is_plausible() && (is_enough || guess == WINDOWS_1252 && found.is_western())
    });
    if is_sure {
        return Ok(FoundEncoding::Legacy(guess));
    }
    let mut candidates = vec![guess];
    candidates.extend(CANDIDATES.into_iter().filter(|one| *one != guess));
    candidates.retain(|one| sample.reading(one).is_some());
    candidates.sort_by_key(|one| {
        let found = sample.reading(one);
        found.is_none_or(|found| !found.is_plausible())
    });
    let named = candidates.into_iter().take(NAMED);
    Ok(FoundEncoding::Unclear(
        named.map(|one| (one.name(), sample.word(one))).collect(),
    ))
}

/// Whether characters of an encoding are written in several bytes.
pub(crate) fn is_of_several_bytes(encoding: &'static Encoding) -> bool {
    !encoding.is_single_byte()
}

/// The encoding that the beginning of a document declares: XML, or HTML.
pub(crate) fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&head[..head.len().min(1024)]).to_ascii_lowercase();
    let value = |text: &str| {
        let text = text.trim_start().strip_prefix('=')?.trim_start();
        let text = text.trim_start_matches(['"', '\'']);
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
        Encoding::for_label(&text.as_bytes()[..end.unwrap_or(text.len())])
    };
    let after = |text: &str, word: &str| {
        let at = text.find(word)?;
        value(&text[at + word.len()..])
    };
    let start = head.trim_start();
    if let Some(declaration) = start.strip_prefix("<?xml") {
        let end = declaration.find("?>").unwrap_or(declaration.len());
        return after(&declaration[..end], "encoding");
    }
    let metas = start.match_indices("<meta");
    let mut metas = metas.map(|(at, _)| {
        let tag = &start[at..];
        &tag[..tag.find('>').unwrap_or(tag.len())]
    });
    metas.find_map(|tag| after(tag, "charset"))
}

/// Lines with something beyond ASCII in them.
struct Sample {
    lines: Vec<Vec<u8>>,
}

impl Sample {
    fn of(bytes: &mut dyn Read) -> io::Result<Self> {
        let mut chunk = vec![0; CHUNK];
        let (mut lines, mut held) = (Vec::new(), 0);
        let mut line = Vec::new();
        while held < SAMPLE {
            let count = bytes.read(&mut chunk)?;
            for part in chunk[..count].split_inclusive(|byte| *byte == b'\n') {
                line.extend_from_slice(part);
                // A line of any length is enough in pieces.
                if part.ends_with(b"\n") || line.len() >= SAMPLE {
                    keep(&mut line, &mut lines, &mut held);
                }
            }
            if count == 0 {
                keep(&mut line, &mut lines, &mut held);
                break;
            }
        }
        Ok(Self { lines })
    }

    fn guess(&self, wanted: impl Fn(usize) -> bool) -> &'static Encoding {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        for (number, line) in self.lines.iter().enumerate() {
            if wanted(number) {
                detector.feed(line, false);
            }
        }
        detector.feed(b"\n", true);
        detector.guess(None, Utf8Detection::Deny)
    }

    /// What is odd about it, read so; `None`: it cannot be read so.
    fn reading(&self, encoding: &'static Encoding) -> Option<Oddities> {
        let mut all = Oddities::default();
        for line in &self.lines {
            let text = encoding.decode_without_bom_handling_and_without_replacement(line)?;
            all.add(&oddities(&text));
        }
        Some(all)
    }

    /// The first word with something beyond ASCII, read so.
    fn word(&self, encoding: &'static Encoding) -> String {
        let line = self.lines.first().map_or(&[][..], Vec::as_slice);
        let (text, _) = encoding.decode_without_bom_handling(line);
        let mut words = text.split(|c: char| c.is_whitespace() || ",;\"".contains(c));
        let word = words.find(|word| !word.is_ascii()).unwrap_or_default();
        word.chars().filter(|c| !c.is_control()).take(20).collect()
    }
}

fn keep(line: &mut Vec<u8>, lines: &mut Vec<Vec<u8>>, held: &mut usize) {
    let line = std::mem::take(line);
    if !line.is_ascii() {
        *held += line.len();
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> FoundEncoding {
        recognise(&mut { bytes }, None).unwrap()
    }

    const GERMAN: &str = "id;Frage;Antwort\n1;Wie kann ich bezahlen?;Sie können per Überweisung oder mit der Karte zahlen.\n2;Wie groß ist das Paket?;Die Größe hängt von der Bestellung ab, höchstens fünf Kilo.\n3;Wann öffnet das Geschäft?;Täglich außer an Feiertagen, auch für Abholungen.\n";
    const FRENCH: &str = "id;question;réponse\n1;Comment puis-je payer ?;Vous pouvez régler par carte à la livraison, ou après réception de la facture.\n2;Où êtes-vous situés ?;À côté de la gare, près du théâtre, derrière l’hôtel.\n";
    const SPANISH: &str = "1;¿Cómo puedo pagar?;Con tarjeta o por transferencia, según el país.\n2;¿Cuándo llegará mi pedido?;En tres días, excepto mañana. También puede recogerlo.\n";
    const POLISH: &str = "1;Jak mogę zapłacić?;Możesz zapłacić kartą, przelewem lub gotówką przy odbiorze.\n2;Gdzie jest moja przesyłka?;Sprawdź stan przesyłki, używając numeru z wiadomości. Jeśli się spóźnia, zadzwoń.\n";
    const CZECH: &str = "1;Jak mohu zaplatit?;Můžete platit kartou, převodem nebo při převzetí zásilky.\n2;Kdy přijde má objednávka?;Během tří dnů, nejpozději příští týden. Zpoždění oznámíme.\n";
    const RUSSIAN: &str = "1;Как оплатить заказ?;Вы можете оплатить картой или при получении.\n2;Где моя посылка?;Проверьте номер в письме или позвоните нам.\n";
    const GREEK: &str = "1;Πώς μπορώ να πληρώσω;;Με κάρτα ή με αντικαταβολή.\n2;Πού είναι η παραγγελία μου;;Ελέγξτε τον αριθμό στο μήνυμα.\n";
    const TURKISH: &str = "1;Nasıl ödeme yapabilirim?;Kredi kartı ile ya da kapıda ödeyebilirsiniz.\n2;Siparişim nerede?;Gönderdiğimiz mesajdaki numarayı kontrol edin, lütfen bizi arayın.\n3;İade edebilir miyim?;Evet, ürünü otuz gün içinde geri gönderebilirsiniz.\n";
    const JAPANESE: &str = "1,支払い方法は何ですか？,クレジットカードまたは代金引換でお支払いいただけます。\n2,注文はいつ届きますか？,通常三日以内にお届けします。\n";
    const CHINESE: &str = "1,如何付款？,您可以使用信用卡或货到付款。\n2,我的订单什么时候到？,通常三天内送达，请查看邮件中的号码。\n";
    const TAIWAN: &str = "1,如何付款？,您可以使用信用卡或貨到付款。\n2,我的訂單什麼時候到？,通常三天內送達，請查看郵件中的號碼。\n";
    const KOREAN: &str = "1,어떻게 결제하나요?,신용카드 또는 대금상환으로 결제하실 수 있습니다.\n2,주문은 언제 도착하나요?,보통 삼일 이내에 배송됩니다.\n";

    #[test]
    fn encodings_of_many_languages_are_recognised() {
        use encoding_rs::{EUC_JP, KOI8_R};
        let mut wrong = Vec::new();
        for (text, encoding) in [
            (GERMAN, WINDOWS_1252),
            (FRENCH, WINDOWS_1252),
            (SPANISH, WINDOWS_1252),
            (POLISH, WINDOWS_1250),
            (CZECH, WINDOWS_1250),
            (RUSSIAN, WINDOWS_1251),
            (RUSSIAN, KOI8_R),
            (GREEK, WINDOWS_1253),
            (TURKISH, WINDOWS_1254),
            (JAPANESE, SHIFT_JIS),
            (JAPANESE, EUC_JP),
            (CHINESE, GBK),
            (TAIWAN, BIG5),
            (KOREAN, EUC_KR),
        ] {
            let (bytes, _, is_lossy) = encoding.encode(text);
            assert!(!is_lossy, "{}", encoding.name());
            let share = utf8_share(&mut &bytes[..]).unwrap();
            assert!(!share.is_utf8(), "{}", encoding.name());
            match found(&bytes) {
                FoundEncoding::Legacy(found)
                    if found.decode_without_bom_handling(&bytes).0 == text => {}
                other => wrong.push(format!("{}: {other:?}", encoding.name())),
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn what_is_not_sure_is_not_guessed() {
        let dos = |text: &str| -> Vec<u8> {
            let byte = |c| match c {
                'ä' => 0x84,
                'ö' => 0x94,
                'ü' => 0x81,
                'Ü' => 0x9A,
                'ß' => 0xE1,
                c => u8::try_from(u32::from(c)).unwrap(),
            };
            text.chars().map(byte).collect()
        };
        // The encodings of the old Macintosh and of DOS look like others.
        for bytes in [
            MACINTOSH.encode(GERMAN).0.into_owned(),
            MACINTOSH.encode(FRENCH).0.into_owned(),
            dos(GERMAN),
            WINDOWS_1250.encode("1;Gdańsk?;Tak, są.\n").0.into_owned(),
        ] {
            match found(&bytes) {
                FoundEncoding::Unclear(candidates) => assert!(candidates.len() > 1),
                found @ FoundEncoding::Legacy(_) => panic!("{found:?}"),
            }
        }
        let FoundEncoding::Unclear(candidates) = found(&MACINTOSH.encode(GERMAN).0) else {
            panic!("unclear")
        };
        assert!(
            candidates
                .iter()
                .any(|(name, word)| *name == "macintosh" && word == "können"),
            "{candidates:?}"
        );
    }

    #[test]
    fn a_few_letters_of_the_west_are_enough() {
        for text in [
            "1;Caf\u{e9}?;5 \u{20ac}\n",
            "1;Gr\u{f6}\u{df}e?;Ja\n",
            "\u{201e}So\u{201c}",
        ] {
            let bytes = WINDOWS_1252.encode(text).0;
            assert_eq!(found(&bytes), FoundEncoding::Legacy(WINDOWS_1252), "{text}");
        }
    }

    #[test]
    fn what_is_declared_counts() {
        for (head, expected) in [
            (
                "<?xml version='1.0' encoding='windows-1250'?><a/>",
                Some("windows-1250"),
            ),
            ("<?xml version=\"1.0\"?><a encoding='gbk'/>", None),
            (
                "<html><head><meta charset=\"Shift_JIS\">",
                Some("Shift_JIS"),
            ),
            (
                "<meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-1\">",
                Some("windows-1252"),
            ),
            ("id,charset\n1,gbk\n", None),
        ] {
            let found = declared(head.as_bytes()).map(Encoding::name);
            assert_eq!(found, expected, "{head}");
        }
        let mac = MACINTOSH.encode(GERMAN).0;
        let found = recognise(&mut &mac[..], Some(MACINTOSH)).unwrap();
        assert_eq!(found, FoundEncoding::Legacy(MACINTOSH));
    }

    #[test]
    fn utf8_is_known_by_its_characters() {
        let long = "a".repeat(CHUNK - 1);
        let cases: [(Vec<u8>, Utf8Share); 10] = [
            (b"plain".to_vec(), Utf8Share::Ascii),
            ("\u{e9}\0".into(), Utf8Share::Ascii),
            ("\u{fc}".repeat(CERTAIN).into(), Utf8Share::All),
            (b"caf\xe9".to_vec(), Utf8Share::None),
            (b"caf\xe9, \x80 5".to_vec(), Utf8Share::None),
            ("caf\u{e9}".into(), Utf8Share::Most),
            ([b"caf\xe9 ", "\u{fc}".as_bytes()].concat(), Utf8Share::Some),
            (format!("{long}\u{e9}").into(), Utf8Share::Most),
            ([long.as_bytes(), b"\xe9"].concat(), Utf8Share::None),
            (
                ["\u{fc}".repeat(20).as_bytes(), b"\xe9\xe9"].concat(),
                Utf8Share::Most,
            ),
        ];
        for (bytes, expected) in cases {
            let found = utf8_share(&mut bytes.as_slice()).unwrap();
            assert_eq!(found, expected, "{} bytes", bytes.len());
        }
    }
}

//! Whether a text is one email address, and in which domain.

use lettre::Address;

/// Characters of an address, as mail servers take it.
const LONGEST: usize = 254;

/// The address that a text is, if it is one, in lower case.
pub fn mail_address(text: &str) -> Option<String> {
    let text = text.trim();
    let address: Address = (text.len() <= LONGEST).then(|| text.parse().ok())??;
    Some(address.to_string().to_lowercase())
}

/// Whether an address is in one of these domains. One in a subdomain is not.
pub fn is_in_domains(address: &str, domains: &[String]) -> bool {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    domain.is_some_and(|domain| domains.iter().any(|one| one.eq_ignore_ascii_case(domain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_address_is_an_address() {
        for (text, expected) in [
            (" Anna.Meier@Acme.com ", Some("anna.meier@acme.com")),
            ("a+b@sub.acme.com", Some("a+b@sub.acme.com")),
            ("Anna Meier", None),
            ("Anna <anna@acme.com>", None),
            ("anna@acme.com, ben@acme.com", None),
            ("anna@acme.com\r\nBcc: all@acme.com", None),
            ("anna@", None),
            ("", None),
        ] {
            assert_eq!(mail_address(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(mail_address(&format!("{}@acme.com", "a".repeat(260))), None);
    }

    #[test]
    fn a_domain_is_that_domain_alone() {
        let domains = ["acme.com".to_owned(), "Acme.de".to_owned()];
        for (address, expected) in [
            ("anna@acme.com", true),
            ("anna@acme.de", true),
            ("anna@evil.acme.com", false),
            ("anna@notacme.com", false),
            ("acme.com", false),
        ] {
            assert_eq!(is_in_domains(address, &domains), expected, "{address}");
        }
    }
}

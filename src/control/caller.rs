//! Who asks, as far as the machine knows: the user behind a process, and the one on whose behalf
//! they say they act.

use crate::text::one_line;

/// Characters of a name.
const NAME: usize = 80;
/// Where the machine's own users stand.
const PASSWD: &str = "/etc/passwd";

/// The name of a user id. `behalf`: what `SUDO_USER` says, which anybody can set, so it only stands
/// beside what the machine knows.
pub(crate) fn user(uid: u32, behalf: Option<&str>) -> String {
    let passwd = std::fs::read_to_string(PASSWD).unwrap_or_default();
    in_words(&passwd, uid, behalf)
}

/// The user of this process.
pub(super) fn this_user() -> String {
    user(rustix::process::getuid().as_raw(), on_behalf().as_deref())
}

/// On whose behalf this process runs, where `sudo` says so.
pub(crate) fn on_behalf() -> Option<String> {
    std::env::var("SUDO_USER")
        .ok()
        .filter(|name| !name.is_empty())
}

/// Who signed in at the page. They name themselves, so it is said where.
pub fn visitor(name: &str) -> String {
    match one_line(name, NAME).as_str() {
        "" => "page".to_owned(),
        name => format!("{name} (page)"),
    }
}

fn in_words(passwd: &str, uid: u32, behalf: Option<&str>) -> String {
    let user =
        name_of(passwd, uid).map_or_else(|| format!("uid {uid}"), |name| one_line(name, NAME));
    match behalf.map(|name| one_line(name, NAME)) {
        Some(behalf) if !behalf.is_empty() && behalf != user => format!("{user} (for {behalf})"),
        _ => user,
    }
}

fn name_of(passwd: &str, uid: u32) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid) && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_told_by_name_where_the_machine_knows_them() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\nhalf:x\n:x:7:7::/:\n";
        for (uid, behalf, expected) in [
            (0, None, "root"),
            (0, Some("anna"), "root (for anna)"),
            (0, Some(""), "root"),
            (1000, Some("anna"), "anna"),
            (1000, Some("root"), "anna (for root)"),
            (65532, None, "uid 65532"),
            (7, None, "uid 7"),
            (0, Some("a\nb"), "root (for a b)"),
        ] {
            assert_eq!(in_words(passwd, uid, behalf), expected);
        }
        assert_eq!(visitor("Ada\nLovelace"), "Ada Lovelace (page)");
        assert_eq!(visitor(""), "page");
    }
}

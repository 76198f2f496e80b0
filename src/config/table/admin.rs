//! Reads `[admin]`: where the page listens, and who may do what there.

use std::net::SocketAddr;
use std::path::Path;

use reqwest::Url;
use reqwest::header::HeaderName;

use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::{Admin, AdminUser, Listen, token};

/// Reads `[admin]`.
pub(crate) fn admin(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Admin, Reported> {
    let listen = listen(section, folder);
    let token = token::read(section, folder);
    let identity_header = section.optional("identity_header", identity_header);
    let users = users(section, folder);
    let public_url = section.optional("public_url", public_url);
    let (listen, token, identity_header) = (listen?, token?, identity_header?);
    let (users, public_url) = (users?, public_url?);
    if identity_header.is_some() {
        trusts_a_proxy(section, &listen, &users)?;
    }
    let is_open = token.is_none() && users.is_empty();
    if let (Listen::Tcp(address), true) = (&listen, is_open)
        && !address.ip().is_loopback()
    {
        let message = "the admin page would be open to other hosts without a `token`";
        let hint = "add token = { env = \"ADMIN_TOKEN\" }, or listen on 127.0.0.1 or a unix socket";
        return Err(section.wrong("listen", message, hint));
    }
    Ok(Admin {
        listen,
        token,
        public_url,
        identity_header,
        users,
    })
}

/// Headers that say something else already.
const TAKEN: [&str; 8] = [
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "sec-fetch-site",
    "x-forwarded-proto",
];

fn identity_header(section: &ConfigSection<'_, '_>, key: &str) -> Result<String, Reported> {
    let text = section.text(key)?;
    let hint = "for example identity_header = \"X-Forwarded-User\"";
    match HeaderName::from_bytes(text.as_bytes()) {
        Err(_) => Err(section.wrong(key, "`identity_header` is not the name of a header", hint)),
        Ok(name) if TAKEN.contains(&name.as_str()) => {
            let message = format!("`identity_header` is \"{name}\", which says something else");
            Err(section.wrong(key, message, hint))
        }
        Ok(name) => Ok(name.as_str().to_owned()),
    }
}

/// Whoever reaches the listener could write the header: only a socket in the file system says who that is.
fn trusts_a_proxy(
    section: &ConfigSection<'_, '_>,
    listen: &Listen,
    users: &[AdminUser],
) -> Result<(), Reported> {
    let key = "identity_header";
    if matches!(listen, Listen::Tcp(_)) {
        let message = "`identity_header` needs a unix socket: over TCP anybody who reaches the listener could write that header";
        let hint = "listen = \"unix:admin.sock\", and have the proxy connect to that socket";
        return Err(section.wrong(key, message, hint));
    }
    if users.is_empty() {
        let message = "`identity_header` lets nobody in without an [[admin.user]]";
        let hint = "add an [[admin.user]] with `name` and `role` for each person, by the name that the proxy sends";
        return Err(section.wrong(key, message, hint));
    }
    Ok(())
}

fn public_url(section: &ConfigSection<'_, '_>, key: &str) -> Result<String, Reported> {
    let text = section.text(key)?;
    let url = Url::parse(&text).ok();
    let leads = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    match url.filter(leads) {
        Some(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        None => Err(section.wrong(
            key,
            "`public_url` is no address that links can begin with",
            "for example \"https://kms.acme.com\", without a user name, a query or a fragment",
        )),
    }
}

/// Reads each `[[admin.user]]`.
fn users(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Vec<AdminUser>, Reported> {
    let mut users: Vec<AdminUser> = Vec::new();
    let mut wrong = None;
    let is_known_to_a_proxy = section.has("identity_header");
    if !section.has("user") {
        return Ok(users);
    }
    for (origin, table) in section.tables("user")? {
        let entry = ConfigSection::new(section.report, "admin.user[]", origin, table);
        match user(&entry, folder, &users, is_known_to_a_proxy) {
            Ok(user) => users.push(user),
            Err(reported) => wrong = Some(reported),
        }
    }
    wrong.map_or(Ok(users), Err)
}

fn user(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    others: &[AdminUser],
    is_known_to_a_proxy: bool,
) -> Result<AdminUser, Reported> {
    let name = section.text("name");
    let role = section.word("role");
    let token = token::read(section, folder);
    let (name, role, token) = (name?, role?, token?);
    if token.is_none() && !is_known_to_a_proxy {
        return Err(token::missing(section));
    }
    if name.trim().is_empty() {
        let hint = "write who this is, as the list of what was done should say it";
        return Err(section.wrong("name", "`name` is empty", hint));
    }
    if others.iter().any(|other| other.name == name) {
        let message = format!("two users of the admin page are called \"{name}\"");
        return Err(section.wrong("name", message, "give each a name of its own"));
    }
    Ok(AdminUser { name, role, token })
}

/// Reads where something listens.
pub(crate) fn listen(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Listen, Reported> {
    let text = section.text("listen")?;
    let hint = match section.below("listen").as_str() {
        "wake.listen" => "for example listen = \"0.0.0.0:9465\" or \"unix:wake.sock\"",
        _ => "for example listen = \"127.0.0.1:9464\" or \"unix:admin.sock\"",
    };
    if let Some(path) = text.strip_prefix("unix:") {
        if path.is_empty() {
            return Err(section.wrong("listen", "`listen` names no socket after unix:", hint));
        }
        let path = folder.join(path);
        // The kernel's own limit, one byte of it for the end.
        if path.as_os_str().len() > 107 {
            let message = "the path of the socket in `listen` is longer than 107 bytes";
            return Err(section.wrong("listen", message, "choose a shorter path"));
        }
        return Ok(Listen::Unix(path));
    }
    let numeric = text.replacen("localhost:", "127.0.0.1:", 1);
    let address: Result<SocketAddr, _> = numeric.parse();
    address
        .map(Listen::Tcp)
        .map_err(|_| section.wrong("listen", "`listen` is not an address with a port", hint))
}

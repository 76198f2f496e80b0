//! t
use super::*;
use std::path::Path;
#[test]
fn show() {
    let all = std::fs::read_to_string("/tmp/cfgcases").unwrap();
    for case in all.split("-----\n") {
        println!("################\n{case}>>>>>>>>");
        match Config::parse(
            case,
            Path::new("/etc/k/config.toml"),
            Vec::<(String, String)>::new(),
        ) {
            Ok(c) => println!("{c:?}"),
            Err(p) => println!("{p}"),
        }
    }
}

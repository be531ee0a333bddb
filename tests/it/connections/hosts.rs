use super::*;

#[test]
fn a_host_is_a_name_an_ipv4_or_an_ipv6_address() {
    let database = Database::minimal(Backend::Sqlite);
    for host in ["localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"] {
        let adkb = Adkb::new(["serve", "--port", "0", "--host", host]);
        let mut child = adkb.database(&database).spawn();
        let address = crate::cli::address(&mut child);
        harness::run(async {
            let url = format!("http://{address}/healthz");
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            assert_eq!(client.get(url).send().await.unwrap().status(), StatusCode::OK, "{host}");
        });
        crate::cli::send(&child, "TERM");
        Output::of(child).success();
    }
}

#[test]
fn an_unknown_host_is_rejected() {
    let adkb = Adkb::new(["serve", "--port", "0", "--host", "no such host"]);
    let line = adkb.run().refused();
    assert!(line.contains("no such host is known") && line.contains("--host"), "{line}");
}

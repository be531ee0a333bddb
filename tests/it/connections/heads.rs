use super::*;

async fn get_of_length(service: &Service, length: usize) -> String {
    let mut stream = connect(service).await;
    let query = "/graphql?query=%7Bdataset%7Brevision%7D%7D%23";
    let path = format!("{query}{}", "x".repeat(length - query.len()));
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    rest(&mut stream).await
}

#[test]
fn a_url_of_65000_bytes_is_accepted_and_a_longer_one_receives_a_readable_error() {
    harness::run(async {
        let service = minimal(&[]);
        let answer = get_of_length(&service, 65_000).await;
        assert!(answer.ends_with(r#"{"data":{"dataset":{"revision":1}}}"#), "{answer}");
        for length in [65_600, 70_000, 120_000] {
            let message = error(&get_of_length(&service, length).await, "414", "BAD_REQUEST");
            assert!(message.contains("POST"), "{message}");
        }
        for length in [140_000, 300_000] {
            error(&get_of_length(&service, length).await, "431", "BAD_REQUEST");
        }
    });
}

#[test]
fn a_malformed_request_receives_a_readable_error() {
    harness::run(async {
        let service = minimal(&[]);
        let many = "X: y\r\n".repeat(200);
        for (head, status) in [
            ("nonsense\r\n\r\n".to_owned(), "400"),
            ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), "400"),
            (format!("GET / HTTP/1.1\r\n{many}\r\n"), "431"),
        ] {
            let mut stream = connect(&service).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            error(&rest(&mut stream).await, status, "BAD_REQUEST");
        }
    });
}

#[test]
fn only_listed_origins_may_read_errors() {
    harness::run(async {
        let service = minimal(&["--cors", "https://a.example,https://b.example"]);
        for (origin, is_allowed) in [("https://b.example", true), ("https://c.example", false)] {
            let mut stream = connect(&service).await;
            let path = "x".repeat(70_000);
            let head = format!("GET /{path} HTTP/1.1\r\nHost: x\r\norigin: {origin}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let response = rest(&mut stream).await.to_lowercase();
            assert!(response.starts_with("http/1.1 414 "), "{response}");
            let allowed = format!("access-control-allow-origin: {origin}\r\n");
            assert_eq!(response.contains(&allowed), is_allowed, "{response}");
        }
        let service = minimal(&["--cors", "https://a.example"]);
        let response = get_of_length(&service, 70_000).await.to_lowercase();
        assert!(
            response.contains("access-control-allow-origin: https://a.example\r\n"),
            "{response}"
        );
        assert!(response.contains("vary: origin\r\n"), "{response}");
    });
}

use super::*;

#[test]
fn a_silent_connection_is_closed_without_a_response() {
    harness::run(async {
        let service = minimal(&["--head-timeout", "1"]);
        let began = Instant::now();
        let mut silent = connect(&service).await;
        assert_eq!(rest(&mut silent).await, "");
        let took = began.elapsed().as_secs_f32();
        assert!((0.9..4.0).contains(&took), "{took}");
        // A prefix that both protocols share is not a request either.
        let mut half = connect(&service).await;
        half.write_all(b"PRI * HT").await.unwrap();
        rest(&mut half).await;
    });
}

#[test]
fn a_slow_request_head_receives_408_on_new_and_reused_connections() {
    harness::run(async {
        let service = minimal(&["--head-timeout", "1"]);
        for is_used in [false, true] {
            let mut stream = connect(&service).await;
            if is_used {
                stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
                assert!(until(&mut stream, "ok\n").await.starts_with("HTTP/1.1 200 "));
            }
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ").await.unwrap();
            let began = Instant::now();
            let message = error(&trickle(stream).await, "408", "BAD_REQUEST");
            assert!(message.contains("too slowly"), "{message}");
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        }
    });
}

#[test]
fn a_slow_request_body_receives_408() {
    harness::run(async {
        let service = minimal(&["--stall-timeout", "1"]);
        for framing in
            ["Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n300\r\n{"]
        {
            let mut stream = connect(&service).await;
            let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
            stream.write_all(format!("{head}{framing}").as_bytes()).await.unwrap();
            let began = Instant::now();
            let received = trickle(stream).await;
            let first =
                received.split("HTTP/1.1 408 ").nth(1).map(|rest| format!("HTTP/1.1 408 {rest}"));
            let message = error(&first.unwrap_or(received), "408", "BAD_REQUEST");
            assert!(message.contains("too slowly"), "{message}");
            assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        }
    });
}

/// At 10 kB/s the body takes several times as long as the stall timeout.
#[test]
fn a_steady_request_body_above_the_minimum_rate_is_accepted() {
    harness::run(async {
        let service = minimal(&["--stall-timeout", "1", "--min-rate", "5000"]);
        let query = format!("{{ dataset {{ revision }} }} #{}", "x".repeat(30_000));
        let body = json!({ "query": query }).to_string();
        let mut stream = connect(&service).await;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        for piece in body.as_bytes().chunks(1_000) {
            stream.write_all(piece).await.unwrap();
            sleep(Duration::from_millis(100)).await;
        }
        let answer = rest(&mut stream).await;
        assert!(answer.ends_with(r#"{"data":{"dataset":{"revision":1}}}"#), "{answer}");
    });
}

#[test]
fn idle_connections_are_closed_in_http_1_and_http_2() {
    harness::run(async {
        let service = minimal(&["--keep-alive", "1"]);
        let mut used = connect(&service).await;
        used.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        until(&mut used, "ok\n").await;
        let mut http2 = connect(&service).await;
        http2.write_all(HTTP2).await.unwrap();
        let began = Instant::now();
        // A PING does not count as a request.
        let pinging = tokio::spawn(async move {
            let mut received = [0; 1024];
            loop {
                match timeout(Duration::from_millis(200), http2.read(&mut received)).await {
                    Ok(Ok(0) | Err(_)) => return,
                    Ok(Ok(_)) => {}
                    Err(_) => drop(http2.write_all(b"\0\0\x08\x06\0\0\0\0\x0012345678").await),
                }
            }
        });
        assert_eq!(rest(&mut used).await, "");
        timeout(PATIENCE, pinging).await.expect("the HTTP/2 connection is closed").unwrap();
        let took = began.elapsed().as_secs_f32();
        assert!((0.9..5.0).contains(&took), "{took}");
    });
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    harness::run(async {
        let service = filled(&["--stall-timeout", "1", "--min-rate", "100000"]);
        for path in ["/export/adkb.sqlite", "/export/changes.json", "/export/contributions.json"] {
            let mut stream = narrow(&service).await;
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let whole = match service.client().get(service.at(path)).send().await.unwrap() {
                response if response.status() != StatusCode::OK => continue,
                response => response.bytes().await.unwrap().len(),
            };
            stream.write_all(request.as_bytes()).await.unwrap();
            sleep(Duration::from_secs(5)).await;
            let mut got = Vec::new();
            let read = timeout(PATIENCE, stream.read_to_end(&mut got)).await.unwrap();
            assert!(read.is_err() && got.len() < whole, "{path}: {} of {whole}", got.len());
        }
    });
}

/// It takes several times the stall timeout, but reads faster than the minimum rate.
#[test]
fn a_client_that_reads_steadily_above_the_minimum_rate_receives_everything() {
    harness::run(async {
        let service = filled(&["--stall-timeout", "1", "--min-rate", "50000"]);
        let mut stream = narrow(&service).await;
        let request = "GET /export/adkb.sqlite HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                       Range: bytes=0-1199999\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let began = Instant::now();
        let mut got = 0;
        loop {
            let mut piece = [0; 20_000];
            let read = timeout(PATIENCE, stream.read(&mut piece)).await.unwrap();
            match read.expect("a slow reader is not disconnected") {
                0 => break,
                read => got += read,
            }
            sleep(Duration::from_millis(if read_slowly(got) { 100 } else { 0 })).await;
        }
        assert!(got > 1_200_000, "{got} bytes received");
        assert!(began.elapsed() > Duration::from_secs(4), "{:?}", began.elapsed());
    });
}

fn read_slowly(got: usize) -> bool {
    got < 1_200_000
}

use super::*;

#[test]
fn ten_concurrent_exports_are_served_with_one_export_slot() {
    harness::run(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let service = Service::start_with(Database::filled(backend), &["--exports", "1"]);
            let tables = [
                "parties",
                "themes",
                "bodies",
                "events",
                "documents",
                "contributions",
                "claims",
                "sources",
                "citations",
                "revisions",
            ];
            let get = async |table: &str| status(&service, &format!("/export/{table}.csv")).await;
            let all = futures_util::future::join_all(tables.iter().map(|table| get(table))).await;
            assert!(all.iter().all(|status| *status == StatusCode::OK), "{all:?}");
        }
    });
}

#[test]
fn clients_that_do_not_read_do_not_hold_export_slots() {
    harness::run(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let service = Service::start_with(Database::filled(backend), &["--exports", "2"]);
            let mut stalled = Vec::new();
            for path in [
                "/export/sources.json",
                "/export/citations.json",
                "/export/adkb.sqlite",
                "/export/events.json",
            ] {
                let mut stream = narrow(&service).await;
                let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                stalled.push(stream);
            }
            sleep(Duration::from_secs(2)).await;
            let began = Instant::now();
            for table in ["events", "sources", "contributions"] {
                assert_eq!(status(&service, &format!("/export/{table}.csv")).await, StatusCode::OK);
            }
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        }
    });
}

#[test]
fn an_interrupted_download_of_the_database_can_be_resumed() {
    harness::run(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let service = Service::start(Database::filled(backend));
            let get = async |headers: &[(&str, &str)]| {
                let mut request = service.client().get(service.at("/export/adkb.sqlite"));
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                request.send().await.unwrap()
            };
            let whole = get(&[]).await;
            let header = |response: &reqwest::Response, name: &str| {
                response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
            };
            assert_eq!(header(&whole, "accept-ranges").as_deref(), Some("bytes"));
            let tag = header(&whole, "etag").unwrap();
            assert!(tag.starts_with('"'), "{tag}");
            let bytes = whole.bytes().await.unwrap();
            let length = bytes.len();

            let part = get(&[("Range", "bytes=1000-"), ("If-Range", &tag)]).await;
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
            assert_eq!(
                header(&part, "content-range"),
                Some(format!("bytes 1000-{}/{length}", length - 1))
            );
            assert_eq!(header(&part, "etag").as_deref(), Some(&*tag));
            assert_eq!(part.bytes().await.unwrap(), bytes[1000..]);
            let tail = get(&[("Range", "bytes=-16"), ("Accept-Encoding", "gzip")]).await;
            assert_eq!(tail.status(), StatusCode::PARTIAL_CONTENT);
            assert_eq!(tail.bytes().await.unwrap(), bytes[length - 16..]);

            for (headers, status) in [
                (&[("Range", "bytes=0-9"), ("If-Range", "\"another\"")][..], 200),
                (&[("Range", "bytes=0-9"), ("If-Range", &format!("W/{tag}"))], 200),
                (&[("Range", "bytes=0-1,5-6"), ("Accept-Encoding", "identity")], 200),
                (&[("Range", "lines=1-2")], 200),
                (&[("Range", "bytes=99999999999-")], 416),
            ] {
                let response = get(headers).await;
                assert_eq!(response.status(), status, "{headers:?}");
                match status {
                    200 => assert_eq!(response.bytes().await.unwrap(), bytes, "{headers:?}"),
                    _ => assert_eq!(
                        header(&response, "content-range"),
                        Some(format!("bytes */{length}"))
                    ),
                }
            }

            let encoded = get(&[("Accept-Encoding", "gzip")]).await;
            assert_eq!(header(&encoded, "content-encoding").as_deref(), Some("gzip"));
            assert_eq!(
                header(&encoded, "etag"),
                Some(format!("W/{tag}")),
                "the encoded bytes have a weak entity tag"
            );
            let stale = get(&[
                ("Accept-Encoding", "gzip"),
                ("Range", "bytes=0-9"),
                ("If-Range", "\"another\""),
            ]);
            let stale = stale.await;
            assert_eq!(header(&stale, "etag"), Some(format!("W/{tag}")), "the encoded whole");
            let head =
                service.client().head(service.at("/export/adkb.sqlite")).send().await.unwrap();
            assert_eq!(header(&head, "content-length"), Some(length.to_string()));
        }
    });
}

#[test]
fn cross_origin_pages_may_read_the_headers_of_a_download() {
    harness::run(async {
        for cors in ["*", "https://a.example"] {
            let service = minimal(&["--cors", cors]);
            let request = service.client().get(service.at("/export/events.csv"));
            let response = request.header("Origin", "https://a.example").send().await.unwrap();
            let exposed = response.headers()["access-control-expose-headers"]
                .to_str()
                .unwrap()
                .to_lowercase();
            for name in [
                "content-disposition",
                "etag",
                "retry-after",
                "content-range",
                "accept-ranges",
                "x-request-id",
            ] {
                assert!(
                    exposed.split(',').any(|exposed| exposed.trim() == name),
                    "{name}: {exposed}"
                );
            }
        }
    });
}

#[test]
fn an_export_without_a_database_connection_receives_503_with_retry_after() {
    harness::run(async {
        let database = Database::filled(Backend::Postgres);
        let sql = database.connect().await;
        sql.execute_unprepared(
            "CREATE ROLE limited LOGIN; GRANT ALL ON SCHEMA public TO limited; \
             GRANT ALL ON ALL TABLES IN SCHEMA public TO limited;",
        )
        .await
        .unwrap();
        let url = database.url().replace("postgres@", "limited@");
        let mut child = Adkb::new(["serve", "--port", "0"]).env("DATABASE_URL", url).spawn();
        let address = crate::cli::address(&mut child);
        // The service keeps its open connections but cannot open new ones.
        sql.execute_unprepared("ALTER ROLE limited CONNECTION LIMIT 0").await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for file in ["events.csv", "adkb.sqlite"] {
            let url = format!("http://{address}/export/{file}");
            let response = client.get(url).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{file}");
            assert_eq!(response.headers()["retry-after"], "5");
            let message = response.text().await.unwrap();
            assert!(message.contains("the database is busy or can't be reached"), "{message}");
        }
        crate::cli::send(&child, "TERM");
        Output::of(child).success();
    });
}

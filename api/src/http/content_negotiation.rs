//! Content negotiation by `Accept` and `Accept-Encoding` (RFC 9110, 12.5), and conditional requests
//! by `If-None-Match` (13.1.2).

use std::{io::Write, sync::OnceLock};

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    http::header::{self, EntityTag},
    web::Bytes,
};

/// Smaller bodies, in bytes, are not compressed: that costs more than it saves.
const MIN_COMPRESSED_BYTES: usize = 1_000;

/// The values of a header with their quality values (`q`) times 1000, in the order of the header.
fn weighted(value: &str) -> impl Iterator<Item = (&str, u16)> {
    value.split(',').map(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let name = pieces.next().unwrap_or_default();
        let weight = pieces
            .find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")))
            .map_or(Some(1.0), |weight| weight.parse::<f32>().ok())
            .unwrap_or(0.0);
        (name, (weight.clamp(0.0, 1.0) * 1000.0) as u16)
    })
}

fn text<'h>(http: &'h HttpRequest, name: &header::HeaderName) -> Option<&'h str> {
    http.headers().get(name)?.to_str().ok()
}

/// Suffixes that proxies append to an entity tag, within its quotes, when they compress a response.
const PROXY_SUFFIXES: [&str; 6] = ["--gzip", "-gzip", ";gzip", "-br", "-zstd", "-df"];

/// The entity tags of `If-None-Match` as this service wrote them, without quotes and without the
/// changes of proxies. Comparison is weak (RFC 9110, 13.1.2).
pub(super) fn if_none_match(http: &HttpRequest) -> impl Iterator<Item = &str> {
    let lines = http.headers().get_all(header::IF_NONE_MATCH);
    let tags = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    tags.map(|tag| {
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        let shorter = PROXY_SUFFIXES.iter().find_map(|suffix| tag.strip_suffix(suffix));
        shorter.unwrap_or(tag)
    })
}

/// Whether `If-None-Match` has a tag or is `*`.
pub(super) fn has(http: &HttpRequest, tag: &EntityTag) -> bool {
    if_none_match(http).any(|known| known == "*" || known == tag.tag())
}

/// The media types of a GraphQL response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status is 400 if the operation is rejected.
    GraphQl,
    /// `application/json`: the status is 200 even if the operation is rejected.
    Json,
}

impl MediaType {
    /// The media type that the client prefers; `None` if it accepts neither.
    pub fn of(http: &HttpRequest) -> Option<Self> {
        let mut lines =
            http.headers().get_all(header::ACCEPT).filter_map(|line| line.to_str().ok());
        match (lines.next(), lines.next()) {
            (None | Some("*/*"), None) => Some(Self::Json),
            (Some(accept), None) => Self::accepted(accept),
            (first, second) => {
                let all: Vec<&str> = first.into_iter().chain(second).chain(lines).collect();
                Self::accepted(&all.join(","))
            }
        }
    }

    /// The most specific range decides about a media type. With equal weights the first range wins,
    /// and JSON if one range matches both types.
    fn accepted(accept: &str) -> Option<Self> {
        let place = |media: Self| {
            let ranges = [media.name(), "application/*", "*/*"];
            let (at, (_, weight)) = ranges.iter().find_map(|range| {
                weighted(accept).enumerate().find(|(_, (name, _))| name.eq_ignore_ascii_case(range))
            })?;
            (weight > 0).then_some((std::cmp::Reverse(weight), at))
        };
        let ranked = [Self::Json, Self::GraphQl].map(|media| (place(media), media));
        let taken = ranked.into_iter().filter_map(|(place, media)| Some((place?, media)));
        taken.min_by_key(|(place, _)| *place).map(|(_, media)| media)
    }

    fn name(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// A content encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Brotli,
    Zstd,
    Gzip,
}

impl Encoding {
    /// The encoding that the client prefers. With equal weights it is the first of brotli, zstd and
    /// gzip: brotli's bodies are the smallest, and some clients list zstd but can't decode it.
    pub fn of(http: &HttpRequest, length: usize) -> Self {
        match text(http, &header::ACCEPT_ENCODING) {
            Some(accept) if Self::is_worthwhile(length) => Self::accepted(accept),
            _ => Self::Identity,
        }
    }

    /// Whether a body of this length is compressed for clients that accept it.
    pub fn is_worthwhile(length: usize) -> bool {
        length >= MIN_COMPRESSED_BYTES
    }

    fn accepted(accept: &str) -> Self {
        let weight = |encoding: Self| {
            let exact =
                weighted(accept).find(|(name, _)| name.eq_ignore_ascii_case(encoding.name()));
            let any = || weighted(accept).find(|(name, _)| *name == "*");
            exact.or_else(any).map_or(0, |(_, weight)| weight)
        };
        let mut best = (Self::Identity, 0);
        for encoding in [Self::Brotli, Self::Zstd, Self::Gzip] {
            if weight(encoding) > best.1 {
                best = (encoding, weight(encoding));
            }
        }
        best.0
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// Sets `Content-Encoding`, except for the identity.
    pub fn set_header(self, response: &mut HttpResponseBuilder) {
        if self != Self::Identity {
            response.insert_header((header::CONTENT_ENCODING, self.name()));
        }
    }

    /// Encodes a body.
    pub fn encode(self, body: &Bytes) -> Bytes {
        /// From 0 to 11. Higher values take ten times as long and save a few bytes.
        const BROTLI: i32 = 5;
        const WHOLE: &str = "writing to memory does not fail";
        match self {
            Self::Identity => body.clone(),
            Self::Brotli => {
                let mut encoded = Vec::with_capacity(body.len() / 4);
                let bits = i32::try_from(body.len().max(1).ilog2() + 1).unwrap_or(i32::MAX);
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI,
                    size_hint: body.len(),
                    // Not larger than the body, because the encoder clears the whole window first.
                    lgwin: bits.clamp(10, 22),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut body.as_ref(), &mut encoded, &parameters).expect(WHOLE);
                encoded.into()
            }
            Self::Zstd => {
                zstd::bulk::compress(body, zstd::DEFAULT_COMPRESSION_LEVEL).expect(WHOLE).into()
            }
            Self::Gzip => {
                let room = Vec::with_capacity(body.len() / 4);
                let mut coder = flate2::write::GzEncoder::new(room, flate2::Compression::default());
                coder.write_all(body).expect(WHOLE);
                coder.finish().expect(WHOLE).into()
            }
        }
    }
}

/// A body that does not change while the program runs. It is encoded once per requested encoding.
pub(super) struct StaticBody {
    plain: Bytes,
    /// By encoding.
    encoded: [OnceLock<Bytes>; 4],
}

impl StaticBody {
    pub fn new(plain: Bytes) -> Self {
        Self { plain, encoded: Default::default() }
    }

    pub fn len(&self) -> usize {
        self.plain.len()
    }

    pub fn encoded(&self, encoding: Encoding) -> Bytes {
        self.encoded[encoding as usize].get_or_init(|| encoding.encode(&self.plain)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_type_wins_and_of_equals_the_first() {
        let of = MediaType::accepted;
        assert_eq!(
            of("application/graphql-response+json, application/json;q=0.9"),
            Some(MediaType::GraphQl)
        );
        assert_eq!(
            of("application/json, application/graphql-response+json"),
            Some(MediaType::Json)
        );
        assert_eq!(
            of("application/json;q=0.5, application/graphql-response+json;q=0.6"),
            Some(MediaType::GraphQl)
        );
        assert_eq!(of("text/html, */*;q=0.1"), Some(MediaType::Json));
        assert_eq!(of("application/json; charset=utf-8"), Some(MediaType::Json));
        assert_eq!(of("application/json;q=0, */*"), Some(MediaType::GraphQl));
        assert_eq!(of("application/json;q=0.1, */*"), Some(MediaType::GraphQl));
        assert_eq!(of("text/html"), None);
        assert_eq!(of("application/json;q=0"), None);
    }

    #[test]
    fn a_coding_that_is_refused_is_not_taken() {
        let of = Encoding::accepted;
        assert_eq!(of("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(of("gzip, zstd"), Encoding::Zstd);
        assert_eq!(of("br;q=0.9, zstd"), Encoding::Zstd);
        assert_eq!(of("gzip, deflate, br"), Encoding::Brotli);
        assert_eq!(of("gzip;q=1, br;q=0.5"), Encoding::Gzip);
        assert_eq!(of("br;q=0, *"), Encoding::Zstd);
        assert_eq!(of("identity"), Encoding::Identity);
        assert_eq!(of("br;q=nonsense"), Encoding::Identity);
    }
}

//! A name for each request, by which its response, its errors and its lines in the log belong together.

use std::hash::{BuildHasher, Hasher, RandomState};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longer names, and those with other signs than these, are replaced by one of ours.
const LONGEST: usize = 128;

/// The name of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The name that the client gave, or a new one.
    fn new(given: Option<&HeaderValue>) -> Self {
        let given = given.and_then(|given| given.to_str().ok()).filter(|given| {
            let sane = |sign: u8| sign.is_ascii_alphanumeric() || b"-_.:=/+".contains(&sign);
            !given.is_empty() && given.len() <= LONGEST && given.bytes().all(sane)
        });
        Self(match given {
            Some(given) => given.to_owned(),
            // Keyed anew each time; a name has to be rare, not secret.
            None => format!("{:016x}", RandomState::new().build_hasher().finish()),
        })
    }

    pub fn of(http: &HttpRequest) -> Self {
        http.extensions().get::<Self>().cloned().expect("every request was given a name")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives each request its name, and tells it to the client.
pub(super) async fn name(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId::new(request.headers().get(HEADER));
    let value = HeaderValue::from_str(id.as_str()).expect("the name has plain signs only");
    request.extensions_mut().insert(id);
    let mut response = next.call(request).await?;
    response.headers_mut().insert(HEADER, value);
    Ok(response)
}

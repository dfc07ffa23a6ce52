//! An HTTP proxy that answers by itself: every host and port that a browser asks for is the row's server.
//!
//! It writes its responses byte by byte, for servers that spell the names of headers in their own way, and for those that
//! close the connection.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header},
    response::{Html, IntoResponse},
};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt;

use crate::row_space::RowSpace;

/// Where pages are, at any origin; with `?sandbox`, their origin is `null`.
pub(crate) const PAGE: &str = "/page";

/// In a response's extensions: the connection is closed instead.
#[derive(Clone, Copy)]
pub(crate) struct NoResponse;

/// In a response's extensions: names are written as `Access-Control-Allow-Origin`, and not in lower case as hyper does.
#[derive(Clone, Copy)]
pub(crate) struct TitleCase;

/// The proxy of one browser.
#[derive(Clone, Default)]
pub(crate) struct Proxy {
    apps: Arc<Mutex<Apps>>,
}

#[derive(Default)]
struct Apps {
    by_row: BTreeMap<usize, Router>,
    /// The row that is on.
    current: usize,
}

impl Apps {
    /// The row and its server, for a port. The page's own server has the port that the row names.
    fn find(&self, port: u16) -> Option<(usize, Router)> {
        let row = RowSpace::row_of(port).unwrap_or(self.current);
        Some((row, self.by_row.get(&row)?.clone()))
    }
}

impl Proxy {
    /// Listens until the test ends; the port.
    pub(crate) async fn listen(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let proxy = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let proxy = proxy.clone();
                // A browser may end the connection whenever it likes.
                tokio::spawn(async move { proxy.serve(stream).await });
            }
        });
        port
    }

    /// From now on, this is the server of the row, which is on.
    pub(crate) fn set_app(&self, row: usize, app: Router) {
        let mut apps = self.apps.lock().expect("no panic");
        apps.by_row.insert(row, app);
        apps.current = row;
    }

    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (reader, mut writer) = stream.split();
        let mut reader = BufReader::new(reader);
        while let Some(request) = read(&mut reader).await? {
            let is_head = request.method() == "HEAD";
            let Some(response) = self.answer(request).await else { break };
            writer.write_all(&message(response, is_head).await).await?;
        }
        Ok(())
    }

    async fn answer(&self, mut request: Request<Body>) -> Option<Response<Body>> {
        if request.uri().path() == PAGE {
            return Some(page(request.uri().query() == Some("sandbox")));
        }
        let port = request.uri().port_u16()?;
        let (row, app) = self.apps.lock().expect("no panic").find(port)?;
        let space = RowSpace::new(row);
        *request.uri_mut() = space.unmap(&request.uri().to_string()).parse().expect("a URL");
        rewrite(request.headers_mut(), |name, text| match *name {
            header::COOKIE => space.unmap_cookies(text),
            _ => space.unmap(text),
        });
        if request.headers().get(header::COOKIE).is_some_and(HeaderValue::is_empty) {
            request.headers_mut().remove(header::COOKIE);
        }
        let mut response = app.oneshot(request).await.expect("an infallible service");
        if response.extensions().get::<NoResponse>().is_some() {
            return None;
        }
        rewrite(response.headers_mut(), |name, text| match *name {
            header::SET_COOKIE => space.map_set_cookie(text),
            _ => space.map(text),
        });
        if response.status().is_redirection() && response.headers().contains_key(header::LOCATION) {
            // Browsers keep some of these for good.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Some(response)
    }
}

/// Applies a change to each value.
fn rewrite(headers: &mut HeaderMap, change: impl Fn(&HeaderName, &str) -> String) {
    for (name, value) in headers.iter_mut() {
        if let Ok(text) = value.to_str() {
            *value = HeaderValue::from_str(&change(name, text)).expect("a text like the one that was there");
        }
    }
}

/// The next request; `None` if there is none, or none that is for the rows' servers: browsers have some of their own.
async fn read(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Request<Body>>> {
    let line = read_line(reader).await?;
    let mut words = line.split(' ');
    let (Some(method), Some(url)) = (words.next(), words.next()) else { return Ok(None) };
    let mut request = Request::builder().method(method).uri(url);
    let mut length = 0;
    loop {
        let line = read_line(reader).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a number");
        }
        // Each byte is a character.
        let value: Vec<u8> = value.trim().chars().map(|char| char as u8).collect();
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await?;
    let request = request.body(Body::from(body));
    Ok(request.ok().filter(|request| request.uri().host().is_some_and(is_of_this_machine)))
}

fn is_of_this_machine(host: &str) -> bool {
    host == "127.0.0.1" || host == "localhost" || host.ends_with(".localhost")
}

async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).await?;
    Ok(line.trim_ascii_end().iter().copied().map(char::from).collect())
}

/// A response as it goes over the wire.
async fn message(response: Response<Body>, is_head: bool) -> Vec<u8> {
    let (parts, body) = response.into_parts();
    let spell = match parts.extensions.get::<TitleCase>() {
        Some(TitleCase) => in_title_case,
        None => |name: &HeaderName| name.to_string(),
    };
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let mut message = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    for (name, value) in parts.headers.iter().filter(|(name, _)| **name != header::CONTENT_LENGTH) {
        message.extend_from_slice(format!("{}: ", spell(name)).as_bytes());
        message.extend_from_slice(value.as_bytes());
        message.extend_from_slice(b"\r\n");
    }
    let has_body = !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_body {
        message.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    message.extend_from_slice(b"\r\n");
    if has_body && !is_head {
        message.extend_from_slice(&body);
    }
    message
}

fn in_title_case(name: &HeaderName) -> String {
    let words = name.as_str().split('-').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

fn page(sandboxed: bool) -> Response<Body> {
    // The icon is there so that the browser does not ask for one.
    let page = Html("<!doctype html><link rel=icon href=data:,><title>page</title>");
    // The same as a frame with this attribute: an opaque origin.
    let sandbox = [(header::CONTENT_SECURITY_POLICY, "sandbox allow-scripts")];
    if sandboxed { (sandbox, page).into_response() } else { page.into_response() }
}

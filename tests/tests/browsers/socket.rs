//! Messages of JSON over a WebSocket: commands, their answers, and events in between.
//!
//! Messages stay JSON values: a browser that is newer than this file may say what it likes beside what is asked for.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::DEADLINE;

pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What has been said and not yet been asked for.
    events: VecDeque<Value>,
}

impl Socket {
    pub(super) async fn connect(url: &str) -> Self {
        let connected = connect_async(url).await;
        let (stream, _) = connected.unwrap_or_else(|error| panic!("{url}: {error}"));
        Self { stream, events: VecDeque::new() }
    }

    /// Sends a command and waits for the message that fits, its answer.
    pub(super) async fn call(&mut self, command: &Value, fits: impl Fn(&Value) -> bool) -> Value {
        self.send(command).await;
        loop {
            let message = self.receive(DEADLINE).await;
            let message = message.unwrap_or_else(|| panic!("the browser does not answer {command}"));
            if fits(&message) {
                return message;
            }
            self.events.push_back(message);
        }
    }

    pub(super) async fn send(&mut self, command: &Value) {
        self.stream.send(Message::text(command.to_string())).await.expect("the browser listens");
    }

    /// The first event that fits, whether it was said already or comes in this time.
    pub(super) async fn event(&mut self, patience: Duration, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(index) = self.events.iter().position(&fits) {
            return self.events.remove(index);
        }
        timeout(patience, async {
            loop {
                let event = self.receive(DEADLINE).await?;
                if fits(&event) {
                    return Some(event);
                }
                self.events.push_back(event);
            }
        })
        .await
        .ok()
        .flatten()
    }

    /// Forgets what has been said.
    pub(super) fn forget(&mut self) {
        self.events.clear();
    }

    async fn receive(&mut self, patience: Duration) -> Option<Value> {
        loop {
            let message = timeout(patience, self.stream.next()).await.ok()?;
            if let Message::Text(text) = message.expect("the browser runs").expect("a message") {
                return Some(serde_json::from_str(&text).expect("JSON"));
            }
        }
    }
}

"use strict";

// Sends a request and gives what a page can know of its outcome: status, headers and text of the response, or an error.
async function send({ url, method, headers = {}, body, credentials = "same-origin", listens = false }) {
  try {
    if (listens) {
      return await sendAndListen({ url, method, headers, body, credentials });
    }
    const response = await fetch(url, { method, headers, body, credentials });
    const { status, statusText } = response;
    return { status, statusText, headers: [...response.headers], text: await response.text() };
  } catch (error) {
    return { error: String(error) };
  }
}

// The same by the older interface, which can tell how far an upload is. A listener for that makes a preflight of any
// request: https://fetch.spec.whatwg.org/#use-cors-preflight-flag
function sendAndListen({ url, method, headers, body, credentials }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.withCredentials = credentials === "include";
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    let sent = 0;
    request.upload.onprogress = (progress) => (sent = progress.loaded);
    request.onerror = () => reject("error event, status 0");
    request.onload = () => {
      const { status, statusText, responseText } = request;
      const lines = request.getAllResponseHeaders().trim().split("\r\n").filter(Boolean);
      const headers = lines.map((line) => line.split(": "));
      resolve({ status, statusText, headers, text: `${responseText} (progress: ${sent} bytes)` });
    };
    request.send(body);
  });
}

// The token is a cookie by now: it leaves the address, and with that the history of this browser.
history.replaceState(null, "", location.pathname);
document.querySelector("#terminal").dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";
document.querySelector("#again").addEventListener("click", () => location.reload());
// After the terminal was made, which happens on load: keys are the app's at once.
addEventListener("load", () => setTimeout(() => document.querySelector(".xterm-helper-textarea").focus()));

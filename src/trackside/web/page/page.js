// The token leaves the address, and with that the history of this browser. This tab keeps it, for this port alone.
const token = new URLSearchParams(location.search).get("token");
sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);
const socket = location.origin.replace(/^http/, "ws") + "/ws/" + encodeURIComponent(token);
document.querySelector("#terminal").dataset.sessionWebsocketUrl = socket;
document.querySelector("#again").addEventListener("click", () => location.reload());
// After the terminal was made, which happens on load: keys are the app's at once.
addEventListener("load", () => setTimeout(() => document.querySelector(".xterm-helper-textarea").focus()));

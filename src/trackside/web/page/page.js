// The token leaves the address, and with that the history of this browser. This tab keeps it, for this port alone.
const token = new URLSearchParams(location.search).get("token");
sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);
const socket = location.origin.replace(/^http/, "ws") + "/ws/" + encodeURIComponent(token);
document.querySelector("#terminal").dataset.sessionWebsocketUrl = socket;
document.querySelector("#again").addEventListener("click", () => location.reload());
// Once the app draws, keys are its own. Before that the socket may not be open yet, which is told of the focus.
new MutationObserver((_, opening) => {
  if (!document.body.classList.contains("-first-byte")) return;
  opening.disconnect();
  document.querySelector(".xterm-helper-textarea").focus();
}).observe(document.body, { attributeFilter: ["class"] });

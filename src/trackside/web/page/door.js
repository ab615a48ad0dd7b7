// Whoever loads the page again has the token still.
const token = sessionStorage.getItem("token");
if (token !== null) location.replace("/?token=" + encodeURIComponent(token));

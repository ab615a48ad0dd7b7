"""The app in a browser: who is let in, and a session of the app for each of them. It knows no store and no screen."""

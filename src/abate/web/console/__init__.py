"""The console: server-rendered pages that work without JavaScript. Each file is one part of the navigation."""

"""Understanding: text in, intent out. Import the modules you need; nothing heavy is here."""

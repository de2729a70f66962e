"""A mail server that keeps what it is given: what customers really get."""

import email
import email.policy
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    """Just enough SMTP for Odoo."""

    def handle(self):
        self._say("220 mailbox")
        readers = []
        for line in iter(self.rfile.readline, b""):
            word = line.strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self.server.keep(readers, self._read_message())
                readers = []
            elif word.startswith(b"RCPT"):
                readers.append(line.decode().split("<")[1].split(">")[0])
            self._say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def _say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def _read_message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


class Mailbox(socketserver.ThreadingTCPServer):
    """A context: `port`, and `messages`, [(addresses, email.message.EmailMessage)]."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.port = self.server_address[1]
        self.messages = []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()

    def keep(self, readers, data):
        message = email.message_from_bytes(data, policy=email.policy.default)
        self.messages.append((readers, message))

    def read(self, address):
        """-> [(subject, text of the HTML part)] of what went to this address"""
        return [
            (message["subject"], message.get_body(("html",)).get_content())
            for readers, message in self.messages
            if address in readers
        ]

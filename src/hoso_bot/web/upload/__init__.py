"""`/nop/{token}`: a file that a chat cannot carry comes by a page, and goes on as one sent in that chat."""

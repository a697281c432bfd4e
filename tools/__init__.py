"""What the agent can do. A tool is declared once; every surface is made from it."""

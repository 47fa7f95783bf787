contacto = "c4n4ry-tf4-mail007@casanorte.example"

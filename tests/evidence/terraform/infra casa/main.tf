terraform {
  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "~> 1.45"
    }
  }
}

provider "hcloud" {
  token = "c4n4ry-tf4-tok001"
}

resource "hcloud_server" "nube" {
  name        = "c4n4ry-tf4-srv002"
  server_type = "cx22"
  image       = "debian-12"
  user_data   = <<-EOT
    #!/bin/bash
    # resource "heroku_app" "dentro_de_un_texto" {}
    echo c4n4ry-tf4-ud003
  EOT
}

# resource "aws_s3_bucket" "viejo" { bucket = "c4n4ry-tf4-old004" }
// resource "netlify_site" "viejo" {}
/*
resource "azurerm_storage_account" "viejo" {
  name = "c4n4ry-tf4-old005"
}
*/

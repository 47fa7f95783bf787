resource "hcloud_volume" "datos" {
  name = "datos"   # c4n4ry-tf4-com006
  size = 50
}
resource   "fastly_service_vcl"   "sitio"   {
  name = "sitio"
}

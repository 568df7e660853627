/** Texts that must be shown as texts: what a page made of them would run as a script or load something. */
export const hostileTexts: readonly string[] = [
  '<script>window.hit=1</script>',
  '<img src=x onerror="window.hit=1">',
  '"><svg onload=window.hit=1>',
  "';window.hit=1;//",
  'javascript:window.hit=1',
  '{{constructor.constructor("window.hit=1")()}}',
  '</title><iframe srcdoc="<script>parent.hit=1</script>">',
  '\u202Egnp.exe',
];

/** SMART App Launch 2.2, "Styling": another style gets another address, so that apps may keep what they fetched. */
const version = 'v1';

export const styleFile = `smart-style-${version}.json`;

export const styleAddress = (issuer: string): string => `${issuer}/${styleFile}`;

/** The colors of our own pages. */
export const smartStyle = {
  color_background: '#ffffff',
  color_error: '#b3261e',
  color_highlight: '#0f5e9c',
  color_modal_backdrop: '',
  color_success: '#1b6e3c',
  color_text: '#1b1f24',
  dim_border_radius: '6px',
  dim_font_size: '16px',
  dim_spacing_size: '20px',
  font_family_body: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  font_family_heading: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
} as const;

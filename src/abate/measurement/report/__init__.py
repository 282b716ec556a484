"""The report: the seven claims and their charts as one page of HTML or Markdown that loads nothing."""

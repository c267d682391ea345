"""What every web application here shares: headers, static files, typesetting, accounts."""

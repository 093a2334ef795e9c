"""Invalid credentials in AWS's formats, and AWS messages that quote them."""

ACCESS_KEY = "ASIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY1EXAMPLEKE"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE/" + "aB3+cD4/eF5g" * 30 + "=="
CANONICAL_REQUEST = f"""\
The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/

content-type:application/x-www-form-urlencoded; charset=utf-8
host:sts.us-east-1.amazonaws.com
x-amz-date:20261124T034830Z
x-amz-security-token:{SESSION_TOKEN}

content-type;host;x-amz-date;x-amz-security-token
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"""

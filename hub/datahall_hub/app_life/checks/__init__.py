"""What is looked for in an app before anybody else sees it. `declarations` names what can be found."""

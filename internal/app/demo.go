package app

import "context"

// DemoAccount is an account of the demonstration county with its password of this run.
type DemoAccount struct {
	Login, Password, Name, Role string
}

// Demo creates the demonstration county if it is absent and gives its accounts fresh passwords.
func (a *App) Demo(ctx context.Context) ([]DemoAccount, error) {
	password, err := a.Found(ctx, NewAssociation{Name: "云岭县科学技术协会", Code: "yunling", Admin: "admin"})
	return []DemoAccount{{"admin", password, "管理员", "系统管理员"}}, err
}

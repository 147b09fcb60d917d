// Package policy parses IAM JSON policy documents and evaluates them as AWS
// documents it for requests within one account.
//
// Guarantees:
//   - Whatever the package does not understand (an element, an operator, a
//     variable where AWS expands none, a duplicate key) is refused by Parse,
//     with the path of the culprit; nothing is ignored.
//   - An explicit deny wins over every allow, an identity policy or the
//     resource's own policy may allow, and everything else is denied.
//   - Evaluation is a pure function of policies and request.
//
// Not modelled: several accounts, organisations' policies, permissions
// boundaries, session policies, and BinaryEquals.
//
// Sources: IAM User Guide, "Grammar of the IAM JSON policy language",
// "Condition operators", "Set operators for multivalued context keys",
// "Policy variables" and "Policy evaluation logic".
package policy

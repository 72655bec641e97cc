package template

import (
	"fmt"
	"text/template/parse"
)

// metered puts a step before each part of a template, and one into each of its
// bodies, so that no loop and no recursion is free.
func metered(list *parse.ListNode) {
	if list == nil {
		return
	}
	out := make([]parse.Node, 0, 2*len(list.Nodes)+1)
	out = append(out, stepNode(1))
	for _, n := range list.Nodes {
		if n.Type() != parse.NodeText {
			out = append(out, stepNode(evaluated(n)))
		}
		out = append(out, n)
		for _, body := range bodies(n) {
			metered(body)
		}
	}
	list.Nodes = out
}

func stepNode(n int) parse.Node {
	trees, err := parse.Parse("step", fmt.Sprintf("{{%s %d}}", stepName, n), "", "", map[string]any{stepName: stepNode})
	if err != nil {
		panic(fmt.Sprintf("pipeline: a step does not parse: %v", err))
	}
	return trees["step"].Root.Nodes[0]
}

// bodies are the lists that a part may carry out.
func bodies(n parse.Node) []*parse.ListNode {
	switch n := n.(type) {
	case *parse.IfNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.RangeNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.WithNode:
		return []*parse.ListNode{n.List, n.ElseList}
	default:
		return nil
	}
}

// pipeOf is what a part evaluates by itself.
func pipeOf(n parse.Node) *parse.PipeNode {
	switch n := n.(type) {
	case *parse.ActionNode:
		return n.Pipe
	case *parse.IfNode:
		return n.Pipe
	case *parse.RangeNode:
		return n.Pipe
	case *parse.WithNode:
		return n.Pipe
	case *parse.TemplateNode:
		return n.Pipe
	default:
		return nil
	}
}

// evaluated counts what a part evaluates, without its bodies.
func evaluated(n parse.Node) int {
	count := 0
	walkPipe(pipeOf(n), func(parse.Node) { count++ })
	return count
}

func walkPipe(p *parse.PipeNode, visit func(parse.Node)) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			visit(arg)
			switch arg := arg.(type) {
			case *parse.PipeNode:
				walkPipe(arg, visit)
			case *parse.ChainNode:
				visit(arg.Node)
				if inner, ok := arg.Node.(*parse.PipeNode); ok {
					walkPipe(inner, visit)
				}
			}
		}
	}
}

// walkTemplate visits what a template evaluates. Top says that the dot is still
// the whole data.
func walkTemplate(root parse.Node, visit func(n parse.Node, top bool)) {
	var walk func(n parse.Node, top bool)
	walk = func(n parse.Node, top bool) {
		if list, ok := n.(*parse.ListNode); ok {
			if list != nil {
				for _, kid := range list.Nodes {
					walk(kid, top)
				}
			}
			return
		}
		walkPipe(pipeOf(n), func(arg parse.Node) { visit(arg, top) })
		for i, body := range bodies(n) {
			_, isIf := n.(*parse.IfNode)
			walk(body, top && (isIf || i == 1))
		}
	}
	walk(root, true)
}

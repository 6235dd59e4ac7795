using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>namespace(): the one object whose attributes a template may set. Names that begin with an underscore are refused.</summary>
internal sealed class NamespaceObject : TemplateObject
{
    private readonly ValueDictionary _values = new();

    public override string TypeName => "Namespace";

    public static Value Create(RenderState state, Arguments arguments)
    {
        var created = new NamespaceObject();
        var initial = GlobalFunctions.MakeDictionary(state, arguments);
        for (var i = 0; i < initial.Count; i++)
            created.Set(initial.Keys[i], initial.Values[i]);
        return Value.Of(created);
    }

    public void Set(string name, in Value value) => Set(Value.Of(name), value);

    private void Set(in Value name, in Value value)
    {
        if (name.IsString && name.Text.StartsWith('_'))
            throw Faults.Security($"Chat templates cannot store underscore-prefixed attributes on a namespace, but got '{name.Text}'.");
        _values.Set(name, value);
    }

    public override bool TryGetAttribute(RenderState state, string name, out Value value) => _values.TryGet(name, out value);

    public override void Print(RenderState state, TextBuffer output, int depth)
    {
        output.Append("<Namespace ");
        PythonRepresentation.Represent(state, Value.Of(_values), output, depth);
        output.Append('>');
    }
}

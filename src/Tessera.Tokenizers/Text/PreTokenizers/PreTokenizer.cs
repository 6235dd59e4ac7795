namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>A step that cuts text into the pieces that the model sees one by one; some steps rewrite it as well. Stateless.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Takes the pieces one step further.</summary>
    public abstract void Apply(PreTokenization state);
}

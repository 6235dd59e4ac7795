using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>HTML escaping as the filters escape, forceescape and safe do it. Example: &lt;a&gt; → "&amp;lt;a&amp;gt;".</summary>
internal static class HtmlText
{
    /// <summary>Escapes a value's text, unless it is HTML-safe already.</summary>
    public static Value Escape(RenderState state, in Value value)
    {
        if (value.IsMarkup)
            return value;
        var text = state.ToText(value);
        var source = text.Text;
        var output = state.NewText();
        for (var i = 0; i < source.Length;)
        {
            var special = source.AsSpan(i).IndexOfAny("&<>\"'");
            var end = special < 0 ? source.Length : i + special;
            output.AppendSlice(text, i, end - i);
            if (special < 0)
                break;
            output.Append(source[end] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&#34;", _ => "&#39;" });
            i = end + 1;
        }

        return output.ToValue(isMarkup: true);
    }

    /// <summary>Declares a value's text to be HTML-safe.</summary>
    public static Value Trust(RenderState state, in Value value)
    {
        var text = state.ToText(value);
        return text.IsMarkup ? text : Value.Of(new MarkedText(text.Text, text.Marks?.ContentRanges ?? [], isMarkup: true));
    }

    /// <summary>Takes the declaration back.</summary>
    public static Value Distrust(RenderState state, in Value value)
    {
        var text = state.ToText(value);
        return text.Marks is { IsMarkup: true } marks ? Value.Of(new MarkedText(marks.Text, marks.ContentRanges)) : text;
    }
}
